#!/usr/bin/env node
import process from "node:process";
import { speedUpModuleLoading } from "./module-loading.js";

speedUpModuleLoading();
const { runCommandLine } = await import("../shared/command-line.ts");

/** The `polylog` command. */
await runCommandLine(process.argv.slice(2), {
  loadAdapter: () => import("./index.ts"),
  loadHttp: () => import("./http.ts"),
});
