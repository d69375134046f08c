import { findProgram } from "../shared/bundle.js";

/** Starts a broker: `polylog server`. */
const { url, note } = findProgram("bun/command-line");
const { run } = (await import(url)) as typeof import("./command-line.ts");
await run(["server", ...Bun.argv.slice(2)], note);
