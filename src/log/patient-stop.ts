import { createDeferred } from "../deferred.ts";
import type { DiskWatch } from "../disk-watch.ts";
import type { Clock } from "../runtime.ts";

const CHECK_MS = 500;
/** How long a stop waits for a disk that does not answer. */
const STALLED_MS = 10_000;
/** The same, for one that answers what is small and never finishes what is large: a flush takes minutes only where nothing gets on. */
const NO_PROGRESS_MS = 60_000;

/**
 * What is to be done before a stop is clean, on a disk that may stall in the middle of it. Resolves with whether it was done: when not,
 * it may go on, and nobody waits for it.
 */
export function doneUnlessStalled(
  work: Promise<void>,
  disk: DiskWatch,
  clock: Clock,
  progress: () => number = () => 0,
): Promise<boolean> {
  const { promise, resolve, reject } = createDeferred<boolean>();
  let cancel = clock.schedule(CHECK_MS, check);
  let reached = { progress: progress(), atMs: clock.elapsed() };
  let answeredMs = reached.atMs;
  work.then(
    () => finish(() => resolve(true)),
    (error: Error) => finish(() => reject(error)),
  );
  return promise;

  function finish(settle: () => void): void {
    cancel();
    settle();
  }

  function check(): void {
    const nowMs = clock.elapsed();
    if (disk.answers()) answeredMs = nowMs;
    if (progress() !== reached.progress) reached = { progress: progress(), atMs: nowMs };
    if (nowMs - answeredMs >= STALLED_MS || nowMs - reached.atMs >= NO_PROGRESS_MS) resolve(false);
    else cancel = clock.schedule(CHECK_MS, check);
  }
}
