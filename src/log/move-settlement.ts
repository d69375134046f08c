/** What matters of a log of a partition for which a start has found several. */
export interface FoundLog {
  readonly isFuture: boolean;
  readonly logEndOffset: number;
  /** The metadata says that the partition is in this directory. */
  readonly isAssigned: boolean;
}

export interface MoveSettlement<Found extends FoundLog> {
  /** To be used; undefined when there is only a copy, and the log it was made of may be in a directory that has failed. */
  readonly current: Found | undefined;
  /** Its copy, to be completed. */
  readonly future: Found | undefined;
  readonly superfluous: readonly Found[];
}

/**
 * Which of the logs of one partition is used after a kill in the middle of a move, or of several. A copy takes its log's
 * place only when the controller has heard of it and the copy is whole: so a copy without a log is the partition's log.
 */
export function settleMove<Found extends FoundLog>(
  found: readonly Found[],
  mayBeInFailedDirectory: boolean,
): MoveSettlement<Found> {
  const [current, ...otherLogs] = found.filter(({ isFuture }) => !isFuture).sort(byTrust);
  const [future, ...otherFutures] = found.filter(({ isFuture }) => isFuture).sort(byTrust);
  const superfluous = [...otherLogs, ...otherFutures];
  if (current !== undefined || future === undefined) return { current, future, superfluous };
  const isWhole = future.isAssigned || !mayBeInFailedDirectory;
  return isWhole ? { current: future, future: undefined, superfluous } : { current, future, superfluous };
}

function byTrust(one: FoundLog, other: FoundLog): number {
  return Number(other.isAssigned) - Number(one.isAssigned) || other.logEndOffset - one.logEndOffset;
}
