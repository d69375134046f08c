import type { EpochEntry } from "../log/leader-epoch-checkpoint.ts";
import * as RecordBatch from "../record/record-batch.ts";
import type { BatchObserver } from "./batch-observer.ts";
import type { BatchReader } from "./batch-reader.ts";
import type { FindingBuffer } from "./finding-buffer.ts";

/** Every batch lies where the leader-epoch-checkpoint says that its epoch does (KIP-101). Told of all segments, in order. */
export class EpochCheck implements BatchObserver {
  readonly findings: FindingBuffer;
  /** The segment under way will be recovered, and with it the epochs that the checkpoint lacks. */
  isRecovered = false;
  readonly #entries: readonly EpochEntry[];
  #entry = -1;
  #lastReported: number | undefined = undefined;

  constructor(entries: readonly EpochEntry[], findings: FindingBuffer) {
    this.findings = findings;
    this.#entries = entries;
  }

  batch({ bytes, index }: BatchReader): void {
    const epoch = RecordBatch.partitionLeaderEpoch(bytes, index);
    const offset = RecordBatch.baseOffset(bytes, index);
    while (this.#entry + 1 < this.#entries.length && this.#entries[this.#entry + 1]!.startOffset <= offset) {
      this.#entry++;
    }
    const expected = this.#entries[this.#entry]?.epoch ?? RecordBatch.NO_PARTITION_LEADER_EPOCH;
    if (epoch === expected || epoch === this.#lastReported || epoch < 0) return;
    if (this.isRecovered && epoch > expected) return;
    this.#lastReported = epoch;
    this.findings.add(`offset ${offset} was written in epoch ${epoch}, the checkpoint says ${expected}`, { offset });
  }
}
