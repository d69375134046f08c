#!/usr/bin/env node
import { loadProgram as loadProgramOf } from "../shared/bundle.js";
import { loadProgram as loadOnNode } from "./load-program.js";

/** The `polylog` command: also that of the package, where Bun and Deno are given this file, and want a broker of their own. */
const args = process.argv.slice(2);
const { run, note } = await load(args[0]);
await run(args, note);

/**
 * @param {string | undefined} command
 * @returns {ReturnType<typeof loadOnNode>}
 */
function load(command) {
  if ("Bun" in globalThis) return loadProgramOf("bun", command);
  if ("Deno" in globalThis) return loadProgramOf("deno", command);
  return loadOnNode(command);
}
