import type { FetchPartition } from "./fetch-partition.ts";

/**
 * The partitions of one fetch or fetch session, each once. Their order is the order in which they are read; a partition
 * that was served goes to the end, so that a byte limit starves nobody.
 */
export class FetchPartitionTable implements Iterable<FetchPartition> {
  /** Topic ids or names, whichever the requests of this table use. */
  private readonly byTopic = new Map<string, Map<number, FetchPartition>>();
  private readonly ordered = new Set<FetchPartition>();
  private nextPosition = 0;
  private readonly usesTopicIds: boolean;

  constructor(usesTopicIds: boolean) {
    this.usesTopicIds = usesTopicIds;
  }

  get size(): number {
    return this.ordered.size;
  }

  find(topicKey: string, index: number): FetchPartition | undefined {
    return this.byTopic.get(topicKey)?.get(index);
  }

  add(partition: FetchPartition): void {
    const key = this.keyOf(partition);
    let indexes = this.byTopic.get(key);
    if (indexes === undefined) {
      indexes = new Map();
      this.byTopic.set(key, indexes);
    }
    indexes.set(partition.index, partition);
    this.addToEnd(partition);
  }

  /** Answers the one that was there. */
  remove(topicKey: string, index: number): FetchPartition | undefined {
    const indexes = this.byTopic.get(topicKey);
    const partition = indexes?.get(index);
    if (indexes === undefined || partition === undefined) return undefined;
    indexes.delete(index);
    if (indexes.size === 0) this.byTopic.delete(topicKey);
    this.ordered.delete(partition);
    return partition;
  }

  moveToEnd(partition: FetchPartition): void {
    this.ordered.delete(partition);
    this.addToEnd(partition);
  }

  /** Those that are not settled in a session. */
  *unsettled(): Generator<FetchPartition> {
    for (const partition of this.ordered) if (partition.settledIn === null) yield partition;
  }

  [Symbol.iterator](): SetIterator<FetchPartition> {
    return this.ordered.values();
  }

  private addToEnd(partition: FetchPartition): void {
    partition.position = this.nextPosition++;
    this.ordered.add(partition);
  }

  private keyOf(partition: FetchPartition): string {
    return this.usesTopicIds ? partition.topicId : partition.topic!;
  }
}

/** The order in which partitions of one table are read. */
export function byPosition(one: FetchPartition, other: FetchPartition): number {
  return one.position - other.position;
}
