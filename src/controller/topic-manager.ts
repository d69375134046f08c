import type { MetadataRecord } from "../protocol/metadata-records/index.ts";
import type { Timeline } from "../timeline/timeline.ts";
import { TimelineMap } from "../timeline/timeline-map.ts";
import {
  mergePartitionChange,
  type PartitionRegistration,
  partitionFromRecord,
  withoutEligibleReplicas,
} from "./partition-registration.ts";
import { collisionForm } from "./topic-name.ts";

export interface Topic {
  readonly name: string;
  readonly id: string;
  readonly partitions: TimelineMap<number, PartitionRegistration>;
}

/** The topics and partitions of the cluster, at their latest state. */
export class TopicManager {
  readonly #timeline: Timeline;
  readonly #topics: TimelineMap<string, Topic>;
  readonly #idsByName: TimelineMap<string, string>;
  /** Names by their {@link collisionForm}; more than one only where an old version let them in. */
  readonly #collisions: TimelineMap<string, readonly string[]>;
  readonly #onRemoved: (topic: string) => void;

  /** `onRemoved` takes back what belongs to a topic elsewhere: its settings. */
  constructor(timeline: Timeline, onRemoved: (topic: string) => void) {
    this.#timeline = timeline;
    this.#topics = new TimelineMap(timeline);
    this.#idsByName = new TimelineMap(timeline);
    this.#collisions = new TimelineMap(timeline);
    this.#onRemoved = onRemoved;
  }

  byId(id: string): Topic | undefined {
    return this.#topics.get(id);
  }

  byName(name: string): Topic | undefined {
    const id = this.#idsByName.get(name);
    return id === undefined ? undefined : this.#topics.get(id);
  }

  all(): IterableIterator<Topic> {
    return this.#topics.values();
  }

  /** A topic whose metrics would be mixed up with those of `name`. */
  collidingTopic(name: string): string | undefined {
    const form = collisionForm(name);
    return form === undefined ? undefined : this.#collisions.get(form)?.[0];
  }

  /**
   * Partitions with the broker among their replicas. A walk over all of them: it is asked for when a broker comes or goes,
   * and a hundred thousand partitions take milliseconds, while an index would cost at every change.
   */
  *partitionsWithReplica(brokerId: number): Generator<[Topic, PartitionRegistration]> {
    for (const topic of this.#topics.values()) {
      for (const partition of topic.partitions.values()) {
        if (partition.replicas.includes(brokerId)) yield [topic, partition];
      }
    }
  }

  isLeader(brokerId: number): boolean {
    for (const topic of this.#topics.values()) {
      for (const partition of topic.partitions.values()) if (partition.leader === brokerId) return true;
    }
    return false;
  }

  replay(record: MetadataRecord): void {
    switch (record.type) {
      case "TopicRecord":
        this.#created(record.record.name, record.record.topicId);
        break;
      case "PartitionRecord":
        this.#partitions(record.record.topicId).set(record.record.partitionId, partitionFromRecord(record.record));
        break;
      case "PartitionChangeRecord": {
        const { topicId, partitionId } = record.record;
        const partitions = this.#partitions(topicId);
        const partition = partitions.get(partitionId);
        if (partition === undefined)
          throw new Error(`A record changes partition ${topicId}:${partitionId}, which is not there`);
        partitions.set(partitionId, mergePartitionChange(partition, record.record));
        break;
      }
      case "RemoveTopicRecord":
        this.#removed(record.record.topicId);
        break;
      case "ClearElrRecord":
        this.#clearElr(record.record.topicName);
        break;
    }
  }

  #partitions(topicId: string): TimelineMap<number, PartitionRegistration> {
    const topic = this.#topics.get(topicId);
    if (topic === undefined) throw new Error(`A record names topic ${topicId}, which is not there`);
    return topic.partitions;
  }

  #created(name: string, id: string): void {
    if (this.#idsByName.has(name)) throw new Error(`A record creates topic ${name}, which is there already`);
    this.#idsByName.set(name, id);
    this.#topics.set(id, { name, id, partitions: new TimelineMap(this.#timeline) });
    const form = collisionForm(name);
    if (form !== undefined) this.#collisions.set(form, [...(this.#collisions.get(form) ?? []), name]);
  }

  #removed(id: string): void {
    const topic = this.#topics.get(id);
    if (topic === undefined) throw new Error(`A record removes topic ${id}, which is not there`);
    this.#topics.delete(id);
    this.#idsByName.delete(topic.name);
    const form = collisionForm(topic.name);
    if (form !== undefined) {
      const others = (this.#collisions.get(form) ?? []).filter((name) => name !== topic.name);
      if (others.length === 0) this.#collisions.delete(form);
      else this.#collisions.set(form, others);
    }
    this.#onRemoved(topic.name);
  }

  /** An empty name means every topic (KIP-966). */
  #clearElr(name: string): void {
    const named = this.byName(name);
    for (const topic of name === "" ? this.#topics.values() : named === undefined ? [] : [named]) {
      for (const [id, partition] of topic.partitions) {
        const cleared = withoutEligibleReplicas(partition);
        if (cleared !== partition) topic.partitions.set(id, cleared);
      }
    }
  }
}
