import type { FetchPartition } from "./fetch-partition.ts";

/**
 * The partitions of one fetch or fetch session, each once. Their order is the order in which they are read; a partition
 * that was served goes to the end, so that a byte limit starves nobody.
 */
export class FetchPartitionTable implements Iterable<FetchPartition> {
  /** Topic ids or names, whichever the requests of this table use. */
  private readonly byTopic = new Map<string, Map<number, FetchPartition>>();
  private readonly ordered = new Set<FetchPartition>();
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
    this.ordered.add(partition);
  }

  remove(topicKey: string, index: number): void {
    const indexes = this.byTopic.get(topicKey);
    const partition = indexes?.get(index);
    if (indexes === undefined || partition === undefined) return;
    indexes.delete(index);
    if (indexes.size === 0) this.byTopic.delete(topicKey);
    this.ordered.delete(partition);
  }

  moveToEnd(partition: FetchPartition): void {
    this.ordered.delete(partition);
    this.ordered.add(partition);
  }

  [Symbol.iterator](): SetIterator<FetchPartition> {
    return this.ordered.values();
  }

  private keyOf(partition: FetchPartition): string {
    return this.usesTopicIds ? partition.topicId : partition.topic!;
  }
}
