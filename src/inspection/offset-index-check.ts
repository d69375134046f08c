import { readInt32 } from "../record/big-endian.ts";
import * as RecordBatch from "../record/record-batch.ts";
import type { BatchObserver } from "./batch-observer.ts";
import type { BatchReader } from "./batch-reader.ts";
import type { Entries } from "./entry-reader.ts";
import type { FindingBuffer } from "./finding-buffer.ts";

export const OFFSET_INDEX_ENTRY_BYTES = 8;

/** Every entry is the last offset of a batch and the position where it starts, both ascending. */
export class OffsetIndexCheck implements BatchObserver {
  readonly findings: FindingBuffer;
  readonly #entries: Entries;
  readonly #baseOffset: number;
  #isOpen: boolean;
  #offset = -1;
  #position = -1;

  constructor(entries: Entries, baseOffset: number, findings: FindingBuffer) {
    this.findings = findings;
    this.#entries = entries;
    this.#baseOffset = baseOffset;
    this.#isOpen = true;
    this.#next();
  }

  batch({ position, bytes, index }: BatchReader): void {
    while (this.#isOpen && this.#position < position) {
      this.#report(`offset ${this.#offset} is said to be at position ${this.#position}, where no batch starts`);
      this.#next();
    }
    if (!this.#isOpen || this.#position !== position) return;
    const lastOffset = RecordBatch.lastOffset(bytes, index);
    if (lastOffset !== this.#offset) {
      this.#report(
        `offset ${this.#offset} is said to be at position ${position}, where the batch ends with ${lastOffset}`,
      );
    }
    this.#next();
  }

  end(sizeBytes: number): void {
    while (this.#isOpen) {
      this.#report(
        `offset ${this.#offset} is said to be at position ${this.#position}, the batches end at ${sizeBytes}`,
      );
      this.#next();
    }
  }

  #next(): void {
    const [offset, position] = [this.#offset, this.#position];
    this.#isOpen = this.#entries.next();
    if (!this.#isOpen) return;
    const { bytes, index } = this.#entries;
    this.#offset = this.#baseOffset + readInt32(bytes, index);
    this.#position = readInt32(bytes, index + 4);
    if (this.#offset > offset && this.#offset >= this.#baseOffset && this.#position > position) return;
    this.#report(
      `the entry of offset ${this.#offset} at position ${this.#position} does not follow that of ${offset} at ${position}`,
    );
    this.#isOpen = false;
  }

  #report(problem: string): void {
    this.findings.add(problem, { position: this.#entries.position });
  }
}
