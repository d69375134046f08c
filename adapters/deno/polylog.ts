#!/usr/bin/env -S deno run --allow-all --quiet
import process from "node:process";
import { runCommandLine } from "../shared/command-line.ts";

/** The `polylog` command. */
await runCommandLine(process.argv.slice(2), {
  loadAdapter: () => import("./index.ts"),
  loadHttp: () => import("./http.ts"),
});
