import { loadProgram } from "../shared/bundle.js";

/** Starts a broker: `polylog server`. */
const { run, note } = await loadProgram<typeof import("./command-line.ts")>("bun", "server");
await run(["server", ...Bun.argv.slice(2)], note);
