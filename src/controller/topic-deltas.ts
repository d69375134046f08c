import type { MetadataRecord } from "../protocol/metadata-records/index.ts";
import type { TopicDelta, TopicImage, TopicsImage } from "./metadata-image.ts";
import {
  mergePartitionChange,
  type PartitionRegistration,
  partitionFromRecord,
  withoutEligibleReplicas,
} from "./partition-registration.ts";

type TopicEntry = Extract<
  MetadataRecord,
  { type: "TopicRecord" | "PartitionRecord" | "PartitionChangeRecord" | "ClearElrRecord" }
>;

/** What a step does to topics and partitions. A topic is copied once, at its first change. */
export class TopicDeltas {
  readonly #previous: TopicsImage;
  readonly #changes = new Map<string, MutableTopicDelta>();

  constructor(previous: TopicsImage) {
    this.#previous = previous;
  }

  get changes(): ReadonlyMap<string, TopicDelta> {
    return this.#changes;
  }

  replay(entry: TopicEntry): void {
    switch (entry.type) {
      case "TopicRecord": {
        const { topicId: id, name } = entry.record;
        this.#changes.set(id, { before: undefined, after: { id, name, partitions: [] }, partitions: new Set() });
        break;
      }
      case "PartitionRecord":
        this.#set(entry.record.topicId, partitionFromRecord(entry.record));
        break;
      case "PartitionChangeRecord": {
        const { topicId, partitionId } = entry.record;
        const partition = this.#changed(topicId).after.partitions[partitionId];
        if (partition === undefined) {
          throw new Error(`A record changes partition ${topicId}:${partitionId}, which is not there`);
        }
        this.#set(topicId, mergePartitionChange(partition, entry.record));
        break;
      }
      case "ClearElrRecord":
        this.#clearElr(entry.record.topicName);
        break;
    }
  }

  /** Answers the name of the topic that is gone. */
  remove(topicId: string): string {
    const { name } = this.#changed(topicId).after;
    const delta = this.#changes.get(topicId)!;
    // Created and removed in one step: it never was.
    if (delta.before === undefined) this.#changes.delete(topicId);
    else this.#changes.set(topicId, { before: delta.before, after: undefined, partitions: new Set() });
    return name;
  }

  #changed(topicId: string): { after: MutableTopic; partitions: Set<number> } {
    const delta = this.#changes.get(topicId);
    if (delta !== undefined) {
      if (delta.after !== undefined) return { after: delta.after, partitions: delta.partitions };
    } else {
      const before = this.#previous.byId(topicId);
      if (before !== undefined) {
        const after = { ...before, partitions: [...before.partitions] };
        const partitions = new Set<number>();
        this.#changes.set(topicId, { before, after, partitions });
        return { after, partitions };
      }
    }
    throw new Error(`A record names topic ${topicId}, which is not there`);
  }

  #set(topicId: string, partition: PartitionRegistration): void {
    const { after, partitions } = this.#changed(topicId);
    after.partitions[partition.partitionId] = partition;
    partitions.add(partition.partitionId);
  }

  /** An empty name means every topic (KIP-966). */
  #clearElr(name: string): void {
    const ids = new Set<string>();
    for (const topic of this.#previous) if (name === "" || topic.name === name) ids.add(topic.id);
    for (const [id, delta] of this.#changes) if (name === "" || delta.after?.name === name) ids.add(id);
    for (const id of ids) {
      const delta = this.#changes.get(id);
      const topic: TopicImage | undefined = delta === undefined ? this.#previous.byId(id) : delta.after;
      for (const partition of topic?.partitions ?? []) {
        const cleared = withoutEligibleReplicas(partition);
        if (cleared !== partition) this.#set(id, cleared);
      }
    }
  }
}

interface MutableTopic extends TopicImage {
  readonly partitions: PartitionRegistration[];
}

interface MutableTopicDelta extends TopicDelta {
  readonly after: MutableTopic | undefined;
  readonly partitions: Set<number>;
}
