import { batchHeader } from "../../test/clients/wire/record-batch.ts";
import { readAnswerHead } from "./fetch-answer.ts";
import type { StreamReader } from "./frame-stream.ts";

export interface ScannedAnswer {
  errorCode: number;
  highWatermark: number;
  /** Behind the last batch that is there as a whole; undefined when there is none. */
  nextOffset: number | undefined;
  bytes: number;
  records: number;
}

/** More than what stands in front of the records of an answer for one partition. */
const maxHeadBytes = 512;

/**
 * Reads answers to Fetch for one partition as they arrive. Only the heads of answers and batches are kept: a consumer that
 * copied the records would be what is measured.
 */
export class BatchScanner implements StreamReader {
  private readonly onAnswer: (answer: ScannedAnswer) => void;
  private readonly kept = Buffer.alloc(maxHeadBytes);
  private filled = 0;
  /** What is awaited in {@link kept}. */
  private wanted = 4;
  private part: "length" | "head" | "batch" = "length";
  /** Bytes of the answer that have not been seen. */
  private left = 0;
  private skip = 0;
  private answer: ScannedAnswer = noAnswer();

  constructor(onAnswer: (answer: ScannedAnswer) => void) {
    this.onAnswer = onAnswer;
  }

  accept(bytes: Uint8Array): void {
    for (let position = 0; position < bytes.length; ) {
      if (this.skip > 0) {
        const skipped = Math.min(this.skip, bytes.length - position);
        this.skip -= skipped;
        this.left -= skipped;
        position += skipped;
      } else {
        const taken = Math.min(this.wanted - this.filled, bytes.length - position);
        this.kept.set(bytes.subarray(position, position + taken), this.filled);
        this.filled += taken;
        position += taken;
        if (this.part !== "length") this.left -= taken;
        if (this.filled === this.wanted) this.take();
      }
      if (this.part !== "length" && this.left === 0) this.end();
    }
  }

  private take(): void {
    this.filled = 0;
    if (this.part === "length") {
      this.left = this.kept.readInt32BE(0);
      this.expect("head", Math.min(maxHeadBytes, this.left));
    } else if (this.part === "head") this.takeHead();
    else this.takeBatch();
  }

  /** What was taken of the records with the head is looked at again, up to where it ends. */
  private takeHead(): void {
    const { errorCode, highWatermark, recordsPosition } = readAnswerHead(this.kept);
    this.answer = { ...noAnswer(), errorCode, highWatermark };
    const records = Buffer.from(this.kept.subarray(recordsPosition, this.wanted));
    this.left += records.length;
    this.expect("batch", Math.min(batchHeader.records, this.left));
    this.accept(records);
  }

  private takeBatch(): void {
    if (this.wanted < batchHeader.records) return;
    const bytes = 12 + this.kept.readInt32BE(batchHeader.batchLength);
    const rest = bytes - batchHeader.records;
    if (rest <= this.left) {
      const { answer } = this;
      answer.bytes += bytes;
      answer.records += this.kept.readInt32BE(batchHeader.recordCount);
      answer.nextOffset = Number(this.kept.readBigInt64BE(0)) + this.kept.readInt32BE(batchHeader.lastOffsetDelta) + 1;
    }
    this.skip = Math.min(rest, this.left);
    this.expect("batch", Math.min(batchHeader.records, this.left - this.skip));
  }

  private end(): void {
    this.expect("length", 4);
    this.onAnswer(this.answer);
  }

  private expect(part: "length" | "head" | "batch", bytes: number): void {
    this.part = part;
    this.wanted = bytes;
    this.filled = 0;
  }
}

function noAnswer(): ScannedAnswer {
  return { errorCode: 0, highWatermark: 0, nextOffset: undefined, bytes: 0, records: 0 };
}
