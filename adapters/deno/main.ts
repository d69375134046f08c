import { loadProgram } from "../shared/bundle.js";

/** Starts a broker: `polylog server`. */
const { run, note } = await loadProgram<typeof import("./command-line.ts")>("deno", "server");
await run(["server", ...Deno.args], note);
