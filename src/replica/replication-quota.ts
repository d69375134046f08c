import type { Clock } from "../runtime.ts";

export interface ReplicationQuotaOptions {
  readonly clock: Clock;
  /** `replication.quota.window.num` */
  readonly windowCount: number;
  /** `replication.quota.window.size.seconds` */
  readonly windowSeconds: number;
}

interface Window {
  readonly startMs: number;
  bytes: number;
}

/**
 * How many bytes of throttled replicas a broker sends, or fetches, per second (KIP-73): the rate over the last windows, and
 * the bound it is held to.
 */
export class ReplicationQuota {
  /** Bytes per second. */
  boundBytesPerSecond = Number.POSITIVE_INFINITY;
  private readonly clock: Clock;
  private readonly windowMs: number;
  private readonly windowCount: number;
  private windows: Window[] = [];

  constructor({ clock, windowCount, windowSeconds }: ReplicationQuotaOptions) {
    this.clock = clock;
    this.windowCount = windowCount;
    this.windowMs = windowSeconds * 1_000;
  }

  record(bytes: number): void {
    const nowMs = this.clock.elapsed();
    this.dropOld(nowMs);
    const last = this.windows.at(-1);
    if (last !== undefined && nowMs - last.startMs < this.windowMs) last.bytes += bytes;
    else this.windows.push({ startMs: nowMs, bytes });
  }

  get isExceeded(): boolean {
    return this.boundBytesPerSecond !== Number.POSITIVE_INFINITY && this.bytesPerSecond > this.boundBytesPerSecond;
  }

  /** Windows that have not been full yet count as full ones, so that the first bytes do not look like a flood. */
  get bytesPerSecond(): number {
    const nowMs = this.clock.elapsed();
    this.dropOld(nowMs);
    const bytes = this.windows.reduce((sum, window) => sum + window.bytes, 0);
    const spanMs = nowMs - (this.windows[0]?.startMs ?? nowMs);
    return (bytes * 1_000) / Math.max(spanMs, (this.windowCount - 1) * this.windowMs, 1);
  }

  private dropOld(nowMs: number): void {
    const oldestMs = nowMs - this.windowCount * this.windowMs;
    let count = 0;
    while (count < this.windows.length && this.windows[count]!.startMs <= oldestMs) count++;
    if (count > 0) this.windows = this.windows.slice(count);
  }
}

/** A broker's two limits on replication traffic. */
export interface ReplicationQuotas {
  /** `leader.replication.throttled.rate` */
  readonly leader: ReplicationQuota;
  /** `follower.replication.throttled.rate` */
  readonly follower: ReplicationQuota;
}

export function replicationQuotas(options: ReplicationQuotaOptions): ReplicationQuotas {
  return { leader: new ReplicationQuota(options), follower: new ReplicationQuota(options) };
}

/** Whether a list like `0:1,1:2`, or `*`, names the replica of a partition on a broker. */
export function namesReplica(list: readonly string[], index: number, brokerId: number): boolean {
  return list.includes("*") || list.includes(`${index}:${brokerId}`);
}
