/**
 * A call that changes something below the directory waits for the disk for half a second at most, less when the disk has stalled
 * lately. After that the disk is stalled until it answers, and is asked for nothing else. A write that may be refused fails with
 * ETIMEDOUT. Any other change is postponed: files, names and sizes look as if it had been made, and when the disk answers, all
 * postponed changes are made in their order. A sync waits for that too. If the process ends first, it is as if it had ended when
 * the stall began.
 *
 * A call that reads (read, stat, list, and open of an existing file) waits as long when the system does not have the answer in
 * memory, and then fails with EAGAIN. Opening with "create" does not fail: the file takes changes until the disk answers.
 */
export interface DiskWatch {
  /** Resolves when the threads have started; until then calls wait for the disk like any others. */
  readonly ready: Promise<void>;
  readonly isStalled: boolean;
  /** Asks the disk, unless it has just answered. False when it is stalled. */
  answers(): boolean;
  /** Resolves when the disk is not stalled, also after {@link close}. */
  answered(): Promise<void>;
  /** Limits the wait of reads too, see above. Before this call they wait as long as it takes: a start has nothing else to do. */
  limitReads(): void;
  /** Ends the watch. Idempotent. */
  close(): void;
}

export interface DiskWatchEvents {
  /** Called from inside the call that was not answered in time. */
  stalled(): void;
  /** That call has returned, and all postponed changes have been made. `afterMs` is how long the stall lasted. */
  answered(afterMs: number): void;
  /** A postponed change could not be made. */
  failed(error: Error): void;
  /** No thread is available at the moment: calls to this disk wait as long as it takes. */
  unwatched(reason: string): void;
}
