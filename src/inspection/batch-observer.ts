import type { BatchReader } from "./batch-reader.ts";
import type { Inspection } from "./finding.ts";
import type { FindingBuffer } from "./finding-buffer.ts";

/** Is told of every good batch of a segment, in order, and may find that it does not go together with something else. */
export interface BatchObserver {
  readonly findings?: FindingBuffer;
  batch(reader: BatchReader): void;
  /** No more batches follow: the segment ends at `sizeBytes`, and the next offset is `nextOffset`. */
  end?(sizeBytes: number, nextOffset: number): void;
}

/** What observers have found so far. */
export function* takeFindings(observers: readonly BatchObserver[]): Inspection {
  for (const { findings } of observers) if (findings !== undefined) yield* findings.take();
}

/** What is left of that. */
export function* finishFindings(observers: readonly BatchObserver[]): Inspection {
  for (const { findings } of observers) if (findings !== undefined) yield* findings.finish();
}
