import { expect, test } from "vitest";
import { joinParts } from "../../../src/protocol/codec.ts";
import * as RecordBatch from "../../../src/record/record-batch.ts";
import { offsetForTimestamp, START_MS } from "../log-fixture.ts";
import { batchesOf, clean, compactedLog, keyedBatch, put } from "./cleaner-fixture.ts";

test("a look-up by time passes over all the batches of which the cleaner has left the header", async () => {
  const { runtime, log } = compactedLog();
  // The producer is still known, and so is where it wrote last.
  put(log, ["key=old"], { producerId: 1, producerEpoch: 0, baseSequence: 0 });
  put(log, ["key=new"]);
  log.roll();
  await clean(log, runtime);
  const [{ bytes: header, records }] = batchesOf(log) as [ReturnType<typeof batchesOf>[number]];
  expect(records).toEqual([]);
  const count = 10_000;
  const { log: other } = compactedLog();
  const batches = Array.from({ length: count }, () => header.slice());
  batches.push(keyedBatch(["key=value"], { timestamp: START_MS + 5 }).slice());
  for (const [offset, batch] of batches.entries()) RecordBatch.setBaseOffset(batch, 0, offset);
  expect(other.appendAsFollower(joinParts(batches)).errorCode).toBe(0);
  expect(offsetForTimestamp(other, START_MS)).toMatchObject({ timestamp: START_MS + 5, offset: count });
});
