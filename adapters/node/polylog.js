#!/usr/bin/env node
import { loadProgram } from "./load-program.js";

/** The `polylog` command. */
const args = process.argv.slice(2);
const { run, note } = await loadProgram(args[0]);
await run(args, note);
