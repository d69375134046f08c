import process from "node:process";
import { speedUpModuleLoading } from "./module-loading.ts";

speedUpModuleLoading();
const { runCommandLine } = await import("../shared/command-line.ts");

/** Starts a broker: `polylog server`. */
await runCommandLine(["server", ...process.argv.slice(2)], {
  loadAdapter: () => import("./index.ts"),
  loadHttp: () => import("./http.ts"),
});
