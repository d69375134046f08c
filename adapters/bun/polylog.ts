#!/usr/bin/env bun
import { loadProgram } from "../shared/bundle.js";

/** The `polylog` command. */
const args = Bun.argv.slice(2);
const { run, note } = await loadProgram<typeof import("./command-line.ts")>("bun", args[0]);
await run(args, note);
