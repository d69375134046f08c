#!/usr/bin/env -S deno run --allow-all --quiet
import { findProgram } from "../shared/bundle.js";

/** The `polylog` command. */
const { url, note } = findProgram("deno/command-line");
const { run } = (await import(url)) as typeof import("./command-line.ts");
await run(Deno.args, note);
