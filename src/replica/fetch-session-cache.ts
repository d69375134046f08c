import type { Clock, Random } from "../runtime.ts";
import type { FetchPartitionTable } from "./fetch-partition-table.ts";
import type { FetchSession } from "./fetch-session.ts";
import { FetchSessionShard } from "./fetch-session-shard.ts";

const SHARDS = 8;
const IDS_PER_SHARD = Math.floor(0x7fffffff / SHARDS);

export interface FetchSessionCacheOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** `max.incremental.fetch.session.cache.slots` */
  readonly slots: number;
}

/**
 * The fetch sessions of a broker (KIP-227). What Apache Kafka has for its threads shows from outside, and its documentation
 * says so: the slots are divided by eight, what is left over is nobody's, and full fetches try one part after the other.
 */
export class FetchSessionCache {
  /** By their sessions' ids. */
  private readonly shards: readonly FetchSessionShard[];
  private nextShard = 0;

  constructor({ clock, random, slots }: FetchSessionCacheOptions) {
    this.shards = Array.from({ length: SHARDS }, (_, index) => {
      const ids = { lowest: index * IDS_PER_SHARD, below: (index + 1) * IDS_PER_SHARD };
      return new FetchSessionShard({ clock, random, slots: Math.floor(slots / SHARDS), ids });
    });
  }

  get size(): number {
    return this.shards.reduce((total, shard) => total + shard.size, 0);
  }

  get(id: number): FetchSession | undefined {
    return this.shardOf(id)?.get(id);
  }

  /** Undefined when there is no room: the client then goes on with full fetches. */
  maybeCreate(isPrivileged: boolean, usesTopicIds: boolean, partitions: FetchPartitionTable): FetchSession | undefined {
    const shard = this.shards[this.nextShard]!;
    this.nextShard = (this.nextShard + 1) % SHARDS;
    return shard.maybeCreate(isPrivileged, usesTopicIds, partitions);
  }

  touch(session: FetchSession): void {
    this.shardOf(session.id)?.touch(session);
  }

  remove(id: number): void {
    this.shardOf(id)?.remove(id);
  }

  /** Undefined for what is no id of any session. */
  private shardOf(id: number): FetchSessionShard | undefined {
    return this.shards[Math.floor(id / IDS_PER_SHARD)];
  }
}
