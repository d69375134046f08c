#!/usr/bin/env -S deno run --allow-all --quiet
import { loadProgram } from "../shared/bundle.js";

/** The `polylog` command. */
const args = Deno.args;
const { run, note } = await loadProgram<typeof import("./command-line.ts")>("deno", args[0]);
await run(args, note);
