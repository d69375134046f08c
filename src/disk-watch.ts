/**
 * What changes something below the directory waits for the disk half a second at most, less when it has stalled lately; then the
 * disk is stalled until it answers, and is asked for nothing else. A write that may be refused is, with ETIMEDOUT. Any other change is
 * postponed: files, names and sizes are from then on as if it had been made, and when the disk answers all are made in their
 * order. Who waits for them to be on the disk (sync) waits for that, too. If the process ends before, it is as if it had ended when the stall began.
 * What reads (read, stat, list, and open of what is there) waits as long, where the system does not have it in memory, and is refused with
 * EAGAIN then. A file that is opened with "create" takes changes all the same.
 */
export interface DiskWatch {
  /** Resolves when the threads are there; until then calls wait for the disk as others do. */
  readonly ready: Promise<void>;
  readonly isStalled: boolean;
  /** Asks the disk, unless it has just answered. */
  answers(): boolean;
  /** Resolves when it is not stalled, also after {@link close}. */
  answered(): Promise<void>;
  /** From now on what reads does not wait for the disk either, see above: until then it does, as a start has nothing else to do. */
  limitReads(): void;
  /** Nobody watches it any more. Idempotent. */
  close(): void;
}

export interface DiskWatchEvents {
  /** Called inside the call that was not answered in time. */
  stalled(): void;
  /** That call is over, and what was postponed is done. */
  answered(afterMs: number): void;
  /** Something that was postponed could not be done. */
  failed(error: Error): void;
  /** No thread can be had at the moment: whoever waits for this disk waits in the call. */
  unwatched(reason: string): void;
}
