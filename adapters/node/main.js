// JavaScript, as is module-loading.js: taking the types out of just one module takes Node longer than to start the broker.
import process from "node:process";
import { speedUpModuleLoading } from "./module-loading.js";

speedUpModuleLoading();
const { runCommandLine } = await import("../shared/command-line.ts");

/** Starts a broker: `polylog server`. */
await runCommandLine(["server", ...process.argv.slice(2)], {
  loadAdapter: () => import("./index.ts"),
  loadHttp: () => import("./http.ts"),
});
