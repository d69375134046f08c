import { readInt32, readInt64 } from "../record/big-endian.ts";
import * as RecordBatch from "../record/record-batch.ts";
import type { BatchObserver } from "./batch-observer.ts";
import type { BatchReader } from "./batch-reader.ts";
import type { Entries } from "./entry-reader.ts";
import type { FindingBuffer } from "./finding-buffer.ts";

export const TIME_INDEX_ENTRY_BYTES = 12;

/** Every entry is the largest timestamp so far and the last offset of the batch that has it; timestamps ascend. */
export class TimeIndexCheck implements BatchObserver {
  readonly findings: FindingBuffer;
  readonly #entries: Entries;
  readonly #baseOffset: number;
  /** The last entry of a closed segment holds its largest timestamp: retention by time goes by it. */
  readonly #isClosed: boolean;
  #isOpen: boolean;
  #timestamp = Number.NEGATIVE_INFINITY;
  #offset = -1;
  #lastTimestamp = RecordBatch.NO_TIMESTAMP;
  #maxTimestamp = RecordBatch.NO_TIMESTAMP;
  #isUsable = true;

  constructor(entries: Entries, baseOffset: number, isClosed: boolean, findings: FindingBuffer) {
    this.findings = findings;
    this.#entries = entries;
    this.#baseOffset = baseOffset;
    this.#isClosed = isClosed;
    this.#isOpen = true;
    this.#next();
  }

  batch({ bytes, index }: BatchReader): void {
    const lastOffset = RecordBatch.lastOffset(bytes, index);
    const timestamp = RecordBatch.maxTimestamp(bytes, index);
    while (this.#isOpen && this.#offset < lastOffset) {
      this.#report(`no batch ends with offset ${this.#offset}, which is said to have the timestamp ${this.#timestamp}`);
      this.#next();
    }
    while (this.#isOpen && this.#offset === lastOffset) {
      if (this.#timestamp !== timestamp) {
        this.#report(
          `offset ${lastOffset} is said to have the timestamp ${this.#timestamp}, its batch has ${timestamp}`,
        );
      } else if (this.#maxTimestamp > timestamp) {
        this.#report(`timestamp ${timestamp} of offset ${lastOffset} is not the largest so far: ${this.#maxTimestamp}`);
      }
      this.#next();
    }
    this.#maxTimestamp = Math.max(this.#maxTimestamp, timestamp);
  }

  end(_sizeBytes: number, nextOffset: number): void {
    while (this.#isOpen) {
      this.#report(
        `offset ${this.#offset} of timestamp ${this.#timestamp} lies behind the last one, ${nextOffset - 1}`,
      );
      this.#next();
    }
    if (this.#isClosed && this.#isUsable && this.#lastTimestamp < this.#maxTimestamp) {
      this.findings.add(`ends with timestamp ${this.#lastTimestamp}, the segment holds ${this.#maxTimestamp}`);
    }
  }

  #next(): void {
    const timestamp = this.#timestamp;
    this.#isOpen = this.#entries.next();
    if (!this.#isOpen) return;
    const { bytes, index } = this.#entries;
    this.#timestamp = readInt64(bytes, index);
    this.#offset = this.#baseOffset + readInt32(bytes, index + 8);
    this.#lastTimestamp = this.#timestamp;
    if (this.#timestamp > timestamp && this.#offset >= this.#baseOffset) return;
    this.#report(`timestamp ${this.#timestamp} of offset ${this.#offset} does not follow timestamp ${timestamp}`);
    this.#isOpen = false;
    this.#isUsable = false;
  }

  #report(problem: string): void {
    this.findings.add(problem, { position: this.#entries.position });
  }
}
