import process from "node:process";
import { runCommandLine } from "../shared/command-line.ts";

/** Starts a broker: `polylog server`. */
await runCommandLine(["server", ...process.argv.slice(2)], {
  loadAdapter: () => import("./index.ts"),
  loadHttp: () => import("./http.ts"),
});
