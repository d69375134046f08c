import process from "node:process";
import { speedUpModuleLoading } from "./zz-loading.mjs";
speedUpModuleLoading();
const { runCommandLine } = await import("../shared/command-line.ts");
await runCommandLine(["server", ...process.argv.slice(2)], {
  loadAdapter: () => import("./index.ts"),
  loadHttp: () => import("./http.ts"),
});
