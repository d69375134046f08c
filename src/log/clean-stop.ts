import type { LogState } from "./log-state.ts";

/** What a log that is stopped cleanly has beside its records: a producer snapshot, and trimmed indexes. All of it is to be flushed. */
export function finishFiles(log: LogState, leavesParentUnsynced: boolean): void {
  log.leavesParentUnsynced = leavesParentUnsynced;
  // Without it Kafka takes a cleanly stopped log for one that no producer with an id ever wrote to.
  const isTaken = log.snapshots.take(log.logEndOffset, log.producers.entries);
  log.isDirectoryUnsynced ||= isTaken;
  log.segments.active.becomeInactive();
}
