#!/usr/bin/env -S deno run --allow-all --quiet
import { loadProgram } from "./load-program.ts";

/** The `polylog` command. */
const args = Deno.args;
const { run, note } = await loadProgram(args[0]);
await run(args, note);
