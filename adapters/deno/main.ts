import { findProgram } from "../shared/bundle.js";

/** Starts a broker: `polylog server`. */
const { url, note } = findProgram("deno/command-line");
const { run } = (await import(url)) as typeof import("./command-line.ts");
await run(["server", ...Deno.args], note);
