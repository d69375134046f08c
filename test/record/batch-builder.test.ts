import { expect, test } from "vitest";
import { createRuntime } from "#adapter";
import { buildBatch, recompressBatch } from "../../src/record/batch-builder.ts";
import { CompressionType } from "../../src/record/compression/index.ts";
import { openRecords } from "../../src/record/record.ts";
import * as RecordBatch from "../../src/record/record-batch.ts";

const runtime = createRuntime();

test("a batch in another codec keeps its header, also numbers that take all 64 bits", () => {
  const record = { timestamp: 0, key: null, value: new Uint8Array(100) };
  const batch = buildBatch({ records: [record], producerId: 7, producerEpoch: 2, baseSequence: 3 }, runtime);
  const view = new DataView(batch.buffer);
  view.setBigInt64(BASE_TIMESTAMP, 2n ** 60n + 1n);
  view.setBigInt64(MAX_TIMESTAMP, 2n ** 60n + 1n);
  view.setBigInt64(PRODUCER_ID, 2n ** 62n + 1n);
  RecordBatch.writeChecksum(batch, 0, runtime.checksums);

  const { records } = openRecords(batch, 0, runtime.compression);
  const again = recompressBatch(batch, 0, records, "gzip", undefined, runtime);

  expect(RecordBatch.findProblem(again, 0, runtime.checksums)).toBeUndefined();
  expect(RecordBatch.sizeInBytes(again, 0)).toBe(again.length);
  expect(RecordBatch.attributes(again, 0)).toBe(CompressionType.gzip);
  expect(again.subarray(BEHIND_ATTRIBUTES, RECORDS)).toEqual(batch.subarray(BEHIND_ATTRIBUTES, RECORDS));
  expect(openRecords(again, 0, runtime.compression).records).toEqual(records);
});

/** Where the fields of a batch of magic 2 begin. */
const BEHIND_ATTRIBUTES = 23;
const BASE_TIMESTAMP = 27;
const MAX_TIMESTAMP = 35;
const PRODUCER_ID = 43;
const RECORDS = 61;
