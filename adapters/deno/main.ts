import { loadProgram } from "./load-program.ts";

/** Starts a broker: `polylog server`. */
const { run, note } = await loadProgram("server");
await run(["server", ...Deno.args], note);
