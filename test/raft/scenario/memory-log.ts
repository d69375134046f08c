import type { ControlRecord } from "../../../src/raft/control-record.ts";
import type { SnapshotQuorum } from "../../../src/raft/quorum-history.ts";
import type { OffsetAndEpoch, SnapshotId } from "../../../src/raft/raft-message.ts";
import type { RaftLogView } from "../../../src/raft/raft-options.ts";

export interface MemoryBatch {
  readonly baseOffset: number;
  readonly endOffset: number;
  readonly epoch: number;
  readonly control: readonly ControlRecord[];
}

export interface MemorySnapshot {
  readonly id: SnapshotId;
  readonly quorum: SnapshotQuorum;
}

/** The log of one replica in a scenario; batches are all there is to a record. */
export class MemoryLog implements RaftLogView {
  startOffset = 0;
  batches: MemoryBatch[] = [];
  snapshots: MemorySnapshot[] = [];

  get endOffset(): number {
    return this.batches.at(-1)?.endOffset ?? this.startOffset;
  }

  get lastEpoch(): number {
    return this.batches.at(-1)?.epoch ?? this.latestSnapshot?.epoch ?? 0;
  }

  get earliestSnapshot(): SnapshotId | undefined {
    return this.snapshots[0]?.id;
  }

  get latestSnapshot(): SnapshotId | undefined {
    return this.snapshots.at(-1)?.id;
  }

  snapshotSizeBytes(id: SnapshotId): number | undefined {
    const snapshot = this.snapshot(id);
    return snapshot && encode(snapshot).length;
  }

  snapshot(id: SnapshotId): MemorySnapshot | undefined {
    return this.snapshots.find((known) => known.id.endOffset === id.endOffset && known.id.epoch === id.epoch);
  }

  endOffsetForEpoch(epoch: number): OffsetAndEpoch {
    const next = this.batches.findIndex((batch) => batch.epoch > epoch);
    if (next < 0) return { offset: this.endOffset, epoch: this.lastEpoch };
    const before = this.batches[next - 1]?.epoch ?? this.earliestSnapshot?.epoch ?? epoch;
    return { offset: this.batches[next]!.baseOffset, epoch: before };
  }

  append(epoch: number, count: number, control: readonly ControlRecord[] = []): MemoryBatch {
    const baseOffset = this.endOffset;
    const batch = { baseOffset, endOffset: baseOffset + count, epoch, control };
    this.batches.push(batch);
    return batch;
  }

  truncateTo(offset: number): void {
    this.batches = this.batches.filter((batch) => batch.endOffset <= offset);
  }

  /** Bytes of the batches from `offset` on. */
  read(offset: number): Uint8Array {
    return encode(this.batches.filter((batch) => batch.baseOffset >= offset));
  }

  /** Undefined when they do not fit behind the log. */
  appendFetched(bytes: Uint8Array): readonly MemoryBatch[] | undefined {
    const batches = decode(bytes) as MemoryBatch[];
    if (batches[0]?.baseOffset !== this.endOffset) return undefined;
    this.batches.push(...batches);
    return batches;
  }

  takeSnapshot(endOffset: number, quorum: SnapshotQuorum): void {
    const epoch = this.batches.findLast((batch) => batch.baseOffset < endOffset)?.epoch ?? this.lastEpoch;
    this.snapshots = [...this.snapshots, { id: { endOffset, epoch }, quorum }];
  }

  /** Forgets what the newest snapshot stands for. */
  clean(): void {
    const latest = this.latestSnapshot!;
    this.startOffset = latest.endOffset;
    this.batches = this.batches.filter((batch) => batch.endOffset > latest.endOffset);
    this.snapshots = this.snapshots.slice(-1);
  }

  install(snapshot: MemorySnapshot): void {
    this.snapshots = [snapshot];
    this.batches = [];
    this.startOffset = snapshot.id.endOffset;
  }
}

export function encode(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

export function decode(bytes: Uint8Array): unknown {
  return JSON.parse(new TextDecoder().decode(bytes));
}
