import type { BatchReader } from "./batch-reader.ts";
import type { FindingBuffer } from "./finding-buffer.ts";

/** Is told of every good batch of a segment, in order, and collects what does not go together with it. */
export interface BatchObserver {
  readonly findings: FindingBuffer;
  batch(reader: BatchReader): void;
  /** No more batches follow: the segment ends at `sizeBytes`, and the next offset is `nextOffset`. */
  end(sizeBytes: number, nextOffset: number): void;
}
