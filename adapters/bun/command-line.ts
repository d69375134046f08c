import { runCommandLine } from "../shared/command-line.ts";

/** `polylog` on Bun: runs the command and ends the process. */
export function run(args: readonly string[], startNote?: string): Promise<never> {
  return runCommandLine(args, {
    loadAdapter: () => import("./index.ts"),
    loadHttp: () => import("./http.ts"),
    startNote,
  });
}
