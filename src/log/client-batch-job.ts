import * as RecordBatch from "../record/record-batch.ts";
import { isRejected, type RejectedBatch } from "../record/record-validation.ts";
import type { Job } from "../runtime.ts";
import { type ClientBatchRules, prepareClientBatch } from "./client-batch.ts";

/** What became of a batch in another thread; the bytes with it are the new batch, or the new header of the old one. */
export type PreparedElsewhere =
  | { readonly kind: "rejected"; readonly rejection: RejectedBatch }
  | { readonly kind: "rebuilt" | "kept"; readonly decompressedBytes: number };

/** {@link prepareClientBatch} in another thread, on a copy of the batch. */
export const prepareClientBatchJob: Job<ClientBatchRules, PreparedElsewhere> = {
  name: "prepare client batch",
  run(source, rules, tools) {
    const crc = source.length < RecordBatch.RECORD_BATCH_OVERHEAD ? 0 : RecordBatch.crc(source, 0);
    const prepared = prepareClientBatch(source, rules, tools);
    if (isRejected(prepared)) return { output: { kind: "rejected", rejection: prepared } };
    const { batch, decompressedBytes } = prepared;
    if (batch.buffer !== source.buffer) return { output: { kind: "rebuilt", decompressedBytes }, bytes: batch };
    const isStamped = RecordBatch.crc(batch, 0) !== crc;
    const header = isStamped ? batch.slice(0, RecordBatch.RECORD_BATCH_OVERHEAD) : undefined;
    return { output: { kind: "kept", decompressedBytes }, bytes: header };
  },
};
