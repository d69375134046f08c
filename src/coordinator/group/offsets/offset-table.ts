import type { Timeline } from "../../../timeline/timeline.ts";
import { TimelineMap } from "../../../timeline/timeline-map.ts";
import type { CommittedOffset } from "./committed-offset.ts";

/** Committed offsets by group, topic and partition. */
export class OffsetTable {
  readonly #timeline: Timeline;
  readonly #groups: TimelineMap<string, TimelineMap<string, CommittedOffset>>;

  constructor(timeline: Timeline) {
    this.#timeline = timeline;
    this.#groups = new TimelineMap(timeline);
  }

  get(groupId: string, topic: string, partition: number): CommittedOffset | undefined {
    return this.#groups.get(groupId)?.get(topicPartition(topic, partition));
  }

  getCommitted(groupId: string, topic: string, partition: number): CommittedOffset | undefined {
    return this.#groups.getCommitted(groupId)?.getCommitted(topicPartition(topic, partition));
  }

  set(groupId: string, committed: CommittedOffset): void {
    let offsets = this.#groups.get(groupId);
    if (offsets === undefined) {
      offsets = new TimelineMap(this.#timeline);
      this.#groups.set(groupId, offsets);
    }
    offsets.set(topicPartition(committed.topic, committed.partition), committed);
  }

  delete(groupId: string, topic: string, partition: number): void {
    const offsets = this.#groups.get(groupId);
    if (offsets === undefined) return;
    offsets.delete(topicPartition(topic, partition));
    if (offsets.size === 0) this.#groups.delete(groupId);
  }

  groupIds(): Iterable<string> {
    return this.#groups.keys();
  }

  ofGroup(groupId: string): Iterable<CommittedOffset> {
    return this.#groups.get(groupId)?.values() ?? [];
  }

  committedOfGroup(groupId: string): Iterable<CommittedOffset> {
    return this.#groups.getCommitted(groupId)?.committedValues() ?? [];
  }
}

/** A space cannot be in a topic's name. */
const topicPartition = (topic: string, partition: number): string => `${topic} ${partition}`;
