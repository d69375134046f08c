// JavaScript, as is all that comes before the program: taking the types out of just one module takes Node 20 ms.
import { loadProgram } from "./load-program.js";

/** Starts a broker: `polylog server`. */
const { run, note } = await loadProgram("server");
await run(["server", ...process.argv.slice(2)], note);
