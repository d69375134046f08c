/** What the leader knows of one follower of a partition. */
export class Follower {
  readonly brokerId: number;
  /** -1 until the first fetch under this leader. */
  logEndOffset = -1;
  logStartOffset = -1;
  /** The follower's broker epoch by its last fetch; undefined before it, -1 from one that sends none (KIP-903). */
  brokerEpoch: number | undefined = undefined;
  /** The latest moment at which the follower had everything the leader had. */
  lastCaughtUpMs = Number.NEGATIVE_INFINITY;
  private lastFetchMs = Number.NEGATIVE_INFINITY;
  private leaderEndOffsetAtLastFetch = -1;

  constructor(brokerId: number) {
    this.brokerId = brokerId;
  }

  /**
   * A follower that reads up to where the leader's log ended at its *previous* fetch counts as caught up at that fetch:
   * under a steady stream of small appends no fetch ever reaches the present end.
   */
  fetched(
    fetchOffset: number,
    logStartOffset: number,
    brokerEpoch: number,
    leaderEndOffset: number,
    nowMs: number,
  ): void {
    if (fetchOffset >= leaderEndOffset) this.lastCaughtUpMs = Math.max(this.lastCaughtUpMs, nowMs);
    else if (fetchOffset >= this.leaderEndOffsetAtLastFetch) {
      this.lastCaughtUpMs = Math.max(this.lastCaughtUpMs, this.lastFetchMs);
    }
    this.logEndOffset = fetchOffset;
    this.logStartOffset = logStartOffset;
    this.brokerEpoch = brokerEpoch;
    this.leaderEndOffsetAtLastFetch = Math.max(this.leaderEndOffsetAtLastFetch, leaderEndOffset);
    this.lastFetchMs = nowMs;
  }

  /** A new leader epoch begins: members of the ISR get the benefit of the doubt until the lag time is over. */
  leaderEpochStarted(leaderEndOffset: number, isNewLeader: boolean, isInSync: boolean, nowMs: number): void {
    this.lastCaughtUpMs = isInSync ? nowMs : Number.NEGATIVE_INFINITY;
    if (isNewLeader) {
      this.logEndOffset = -1;
      this.logStartOffset = -1;
      this.brokerEpoch = undefined;
      this.leaderEndOffsetAtLastFetch = -1;
      this.lastFetchMs = Number.NEGATIVE_INFINITY;
    } else {
      this.leaderEndOffsetAtLastFetch = leaderEndOffset;
      this.lastFetchMs = isInSync ? nowMs : Number.NEGATIVE_INFINITY;
    }
  }

  isCaughtUp(leaderEndOffset: number, nowMs: number, maxLagMs: number): boolean {
    return this.logEndOffset === leaderEndOffset || nowMs - this.lastCaughtUpMs <= maxLagMs;
  }
}
