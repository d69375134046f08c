import type { Runtime } from "../../runtime.ts";
import type { Partition } from "../partition.ts";
import type { LeadershipListener } from "../replica-assignment.ts";
import type { FollowedPartition } from "./followed-partition.ts";
import { type FetcherConfig, type FetcherOwner, FollowerFetcher } from "./follower-fetcher.ts";

export interface ReplicaFetcherManagerOptions {
  readonly runtime: Pick<Runtime, "clock" | "network" | "log" | "fatal">;
  readonly owner: FetcherOwner;
  readonly config: FetcherConfig;
  /** `num.replica.fetchers`: how many there are for each other broker. */
  readonly fetcherCount: number;
}

/** The fetchers of a broker: which of them follows which partition, as leaders come and go. */
export class ReplicaFetcherManager implements LeadershipListener {
  private readonly options: ReplicaFetcherManagerOptions;
  private fetcherCount: number;
  /** By the broker they fetch from and their number. */
  private readonly fetchers = new Map<string, FollowerFetcher>();
  private readonly fetcherOf = new Map<Partition, FollowerFetcher>();
  /** Partitions that wait for {@link release}. */
  private held: Set<Partition> | undefined = undefined;

  constructor(options: ReplicaFetcherManagerOptions) {
    this.options = options;
    this.fetcherCount = options.fetcherCount;
  }

  becameFollower(partition: Partition): void {
    this.remove(partition);
    if (partition.leader < 0) return;
    if (this.held === undefined) this.add(partition);
    else this.held.add(partition);
  }

  becameLeader(partition: Partition): void {
    this.remove(partition);
  }

  stopped(partition: Partition): void {
    this.remove(partition);
  }

  /**
   * From now on nothing new is asked for, until {@link release}: while a large step is applied, each request would add a few
   * partitions, of which the leader may not have heard yet.
   */
  hold(): void {
    this.held ??= new Set();
  }

  release(): void {
    const held = this.held ?? [];
    this.held = undefined;
    for (const partition of held) this.add(partition);
  }

  /** All partitions find their fetchers anew. */
  resize(fetcherCount: number): void {
    if (fetcherCount === this.fetcherCount) return;
    this.fetcherCount = fetcherCount;
    for (const partition of [...this.fetcherOf.keys()]) this.becameFollower(partition);
  }

  /** Every partition that is followed here. */
  *followed(): Generator<FollowedPartition> {
    for (const fetcher of this.fetchers.values()) yield* fetcher;
  }

  close(): void {
    for (const fetcher of this.fetchers.values()) fetcher.close();
    this.fetchers.clear();
    this.fetcherOf.clear();
    this.held = undefined;
  }

  private add(partition: Partition): void {
    const fetcherId = fetcherIdOf(partition, this.fetcherCount);
    const key = `${partition.leader}-${fetcherId}`;
    let fetcher = this.fetchers.get(key);
    if (fetcher === undefined) {
      const { runtime, owner, config } = this.options;
      fetcher = new FollowerFetcher({ runtime, owner, config, sourceId: partition.leader, fetcherId });
      this.fetchers.set(key, fetcher);
    }
    this.fetcherOf.set(partition, fetcher);
    fetcher.add(partition);
  }

  private remove(partition: Partition): void {
    this.held?.delete(partition);
    const fetcher = this.fetcherOf.get(partition);
    if (fetcher === undefined) return;
    this.fetcherOf.delete(partition);
    fetcher.remove(partition);
    if (!fetcher.isIdle) return;
    fetcher.close();
    for (const [key, other] of this.fetchers) if (other === fetcher) this.fetchers.delete(key);
  }
}

/** Spreads the partitions of a topic over the fetchers. */
function fetcherIdOf({ topic, index }: Partition, fetcherCount: number): number {
  let hash = 0;
  for (let position = 0; position < topic.length; position++)
    hash = (Math.imul(hash, 31) + topic.charCodeAt(position)) | 0;
  return ((Math.imul(hash, 31) + index) & 0x7fff_ffff) % fetcherCount;
}
