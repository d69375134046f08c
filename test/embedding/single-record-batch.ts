import { createRuntime } from "#adapter";
import { buildBatch } from "../../src/record/batch-builder.ts";

const runtime = createRuntime();

export function singleRecordBatch(value: string): Uint8Array {
  return buildBatch(
    { records: [{ timestamp: Date.now(), key: null, value: new TextEncoder().encode(value) }] },
    runtime,
  );
}
