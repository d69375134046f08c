import type { Timeline } from "../../../timeline/timeline.ts";
import { TimelineMap } from "../../../timeline/timeline-map.ts";
import { TimelineSet } from "../../../timeline/timeline-set.ts";
import type { RecordOrigin } from "../../coordinator.ts";
import { type OffsetCommitRecord, offsetTombstone } from "../group-record.ts";
import { type CommittedOffset, committedOffset } from "./committed-offset.ts";
import { OffsetTable } from "./offset-table.ts";

/** The offsets of one partition's groups: those committed, and those of transactions that are still open. */
export class GroupOffsets {
  readonly committed: OffsetTable;
  readonly #timeline: Timeline;
  /** By producer id. */
  readonly #pending: TimelineMap<number, OffsetTable>;
  readonly #producersOfGroup: TimelineMap<string, TimelineSet<number>>;

  constructor(timeline: Timeline) {
    this.#timeline = timeline;
    this.committed = new OffsetTable(timeline);
    this.#pending = new TimelineMap(timeline);
    this.#producersOfGroup = new TimelineMap(timeline);
  }

  replay(record: OffsetCommitRecord, origin: RecordOrigin): void {
    const { groupId, topic, partition, value } = record;
    if (value === null) {
      this.committed.delete(groupId, topic, partition);
      for (const producerId of this.#producersOfGroup.get(groupId) ?? []) {
        this.#pending.get(producerId)?.delete(groupId, topic, partition);
      }
      return;
    }
    const offset = committedOffset(topic, partition, value, origin.offset);
    if (origin.producerId < 0) this.committed.set(groupId, offset);
    else this.#addPending(origin.producerId, groupId, offset);
  }

  /** Of a transactional and a plain commit the one that is later in the log counts, whichever became visible first. */
  replayEndTransactionMarker(producerId: number, isCommit: boolean): void {
    const offsets = this.#pending.get(producerId);
    if (offsets === undefined) return;
    this.#pending.delete(producerId);
    for (const [groupId, producers] of this.#producersOfGroup) {
      if (!producers.delete(producerId)) continue;
      if (producers.size === 0) this.#producersOfGroup.delete(groupId);
      if (!isCommit) continue;
      for (const offset of offsets.ofGroup(groupId)) {
        const existing = this.committed.get(groupId, offset.topic, offset.partition);
        if (existing === undefined || existing.recordOffset < offset.recordOffset) this.committed.set(groupId, offset);
      }
    }
  }

  hasPending(groupId: string, topic: string, partition: number): boolean {
    for (const producerId of this.#producersOfGroup.get(groupId) ?? []) {
      if (this.#pending.get(producerId)?.get(groupId, topic, partition) !== undefined) return true;
    }
    return false;
  }

  hasOpenTransactions(groupId: string): boolean {
    return this.#producersOfGroup.has(groupId);
  }

  /** Tombstones for every offset of the group that `isGone` says yes to, pending ones too. */
  tombstones(groupId: string, isGone: (offset: CommittedOffset) => boolean): OffsetCommitRecord[] {
    const records: OffsetCommitRecord[] = [];
    for (const offset of this.committed.ofGroup(groupId)) {
      if (isGone(offset)) records.push(offsetTombstone(groupId, offset.topic, offset.partition));
    }
    for (const producerId of this.#producersOfGroup.get(groupId) ?? []) {
      for (const offset of this.#pending.get(producerId)?.ofGroup(groupId) ?? []) {
        const { topic, partition } = offset;
        if (this.committed.get(groupId, topic, partition) === undefined && isGone(offset)) {
          records.push(offsetTombstone(groupId, topic, partition));
        }
      }
    }
    return records;
  }

  /** Every group that has an offset, committed or pending. */
  groupIds(): Set<string> {
    return new Set([...this.committed.groupIds(), ...this.#producersOfGroup.keys()]);
  }

  #addPending(producerId: number, groupId: string, offset: CommittedOffset): void {
    let offsets = this.#pending.get(producerId);
    if (offsets === undefined) {
      offsets = new OffsetTable(this.#timeline);
      this.#pending.set(producerId, offsets);
    }
    offsets.set(groupId, offset);
    let producers = this.#producersOfGroup.get(groupId);
    if (producers === undefined) {
      producers = new TimelineSet(this.#timeline);
      this.#producersOfGroup.set(groupId, producers);
    }
    producers.add(producerId);
  }
}
