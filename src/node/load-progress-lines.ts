import type { LoadProgress } from "../log/log-manager.ts";
import type { Runtime } from "../runtime.ts";

const INTERVAL_MS = 1_000;

/** Tells how far the loading of each log directory is: once a second, and when it is done. */
export function loadProgressLines({ clock, log }: Pick<Runtime, "clock" | "log">): (progress: LoadProgress) => void {
  let lastMs = clock.elapsed();
  return ({ directory, loadedLogs, totalLogs }) => {
    const nowMs = clock.elapsed();
    if (loadedLogs < totalLogs && nowMs - lastMs < INTERVAL_MS) return;
    lastMs = nowMs;
    log.write("info", `Loaded ${loadedLogs} of ${totalLogs} logs in ${directory}`);
  };
}
