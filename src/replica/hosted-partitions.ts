import type { Partition } from "./partition.ts";

interface HostedTopic {
  readonly name: string;
  readonly id: string;
  /** By partition index; undefined where the replica is on other brokers. */
  readonly partitions: (Partition | undefined)[];
  /** Of those that are here. */
  count: number;
}

/** The partitions of one broker, by topic name and by topic id. A name belongs to one id at a time. */
export class HostedPartitions implements Iterable<Partition> {
  private readonly byName = new Map<string, HostedTopic>();
  private readonly byId = new Map<string, HostedTopic>();

  get(topic: string, index: number): Partition | undefined {
    return this.byName.get(topic)?.partitions[index];
  }

  getById(topicId: string, index: number): Partition | undefined {
    return this.byId.get(topicId)?.partitions[index];
  }

  add(partition: Partition): void {
    let topic = this.byId.get(partition.topicId);
    if (topic === undefined) {
      topic = { name: partition.topic, id: partition.topicId, partitions: [], count: 0 };
      this.byId.set(topic.id, topic);
      this.byName.set(topic.name, topic);
    }
    // No holes, whichever of the topic's partitions comes first.
    while (topic.partitions.length <= partition.index) topic.partitions.push(undefined);
    if (topic.partitions[partition.index] === undefined) topic.count++;
    topic.partitions[partition.index] = partition;
  }

  remove(partition: Partition): void {
    const topic = this.byId.get(partition.topicId);
    if (topic?.partitions[partition.index] === undefined) return;
    topic.partitions[partition.index] = undefined;
    if (--topic.count > 0) return;
    this.byId.delete(topic.id);
    if (this.byName.get(topic.name) === topic) this.byName.delete(topic.name);
  }

  ofTopic(name: string): Partition[] {
    return this.byName.get(name)?.partitions.filter((partition) => partition !== undefined) ?? [];
  }

  ofTopicId(id: string): Partition[] {
    return this.byId.get(id)?.partitions.filter((partition) => partition !== undefined) ?? [];
  }

  *[Symbol.iterator](): IterableIterator<Partition> {
    for (const topic of this.byId.values()) {
      for (const partition of topic.partitions) if (partition !== undefined) yield partition;
    }
  }
}
