#!/usr/bin/env bun
import { findProgram } from "../shared/bundle.js";

/** The `polylog` command. */
const { url, note } = findProgram("bun/command-line");
const { run } = (await import(url)) as typeof import("./command-line.ts");
await run(Bun.argv.slice(2), note);
