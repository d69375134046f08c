import { expect, test } from "vitest";
import type { Log } from "../../src/log/log.ts";
import type { BatchInput } from "../../src/record/batch-builder.ts";
import { openRecords } from "../../src/record/record.ts";
import * as RecordBatch from "../../src/record/record-batch.ts";
import { batchesOf, clean, compactedLog, contents, keyedBatch, put } from "./cleaner/cleaner-fixture.ts";
import {
  append,
  batch,
  createLog,
  loadLog,
  logConfig,
  maxTimestampOffset,
  offsetForTimestamp,
  START_MS,
  settled,
  simulate,
} from "./log-fixture.ts";

/** Of a producer that counts nanoseconds, where milliseconds are meant: no number holds it exactly. */
const NANOSECONDS = 1_700_000_000_123_456_789n;
/** Of a stream that has come to its end. */
const LATEST = 2n ** 63n - 1n;

/** Whatever time a producer gives its records. */
const config = logConfig({ "message.timestamp.after.max.ms": Number.MAX_SAFE_INTEGER });
const options = { leaderEpoch: 0, nowMs: START_MS };

/** The same records, from this time on. */
function startingAt(timestamp: bigint, batch: Uint8Array, count = 1): Uint8Array {
  RecordBatch.setExactBaseTimestamp(batch, 0, timestamp);
  RecordBatch.setExactMaxTimestamp(batch, 0, timestamp + BigInt(count - 1));
  RecordBatch.writeChecksum(batch, 0, simulate().checksums);
  return batch;
}

function setProducerId(batch: Uint8Array, producerId: bigint): Uint8Array {
  new DataView(batch.buffer, batch.byteOffset).setBigInt64(PRODUCER_ID, producerId);
  return batch;
}

const PRODUCER_ID = 43;
const idempotent: Partial<BatchInput> = { producerId: 7, producerEpoch: 0, baseSequence: 0 };

test("a time that no limit forbids is accepted, and found as it is", () => {
  const log = createLog(simulate(), config);
  append(log, ["a"]);
  const info = log.appendAsLeader(startingAt(NANOSECONDS, batch(["b", "c"]), 2), options);
  expect([info.errorCode, info.errorMessage]).toEqual([0, null]);
  const last = { timestamp: NANOSECONDS + 1n, offset: 2, leaderEpoch: 0 };
  expect(maxTimestampOffset(log)).toEqual(last);
  expect(offsetForTimestamp(log, START_MS + 1)).toEqual({ ...last, timestamp: NANOSECONDS, offset: 1 });
});

test("of times that are the same number the right one is found", () => {
  const log = createLog(simulate(), config);
  for (let offset = 0n; offset < 200n; offset++) {
    log.appendAsLeader(startingAt(NANOSECONDS + 10n * offset, batch([`${offset}`])), options);
  }
  for (const offset of [0n, 1n, 77n, 199n]) {
    const timestamp = NANOSECONDS + 10n * offset;
    const found = { timestamp, offset: Number(offset), leaderEpoch: 0 };
    expect(offsetForTimestamp(log, timestamp)).toEqual(found);
    expect(offsetForTimestamp(log, timestamp - 9n)).toEqual(found);
  }
});

test("the latest time there is does not spoil index or producer", async () => {
  const runtime = simulate();
  const log = createLog(runtime, { ...config, "index.interval.bytes": 0 });
  append(log, ["a"], idempotent);
  const latest = startingAt(LATEST, batch(["b"], { ...idempotent, baseSequence: 1 }));
  expect(log.appendAsLeader(latest.slice(), options).errorCode).toBe(0);
  append(log, ["c"]);
  log.roll();
  log.updateHighWatermark(3);
  await settled(runtime, log.close());

  const producerIdExpirationMs = 1_000;
  const again = await loadLog(runtime, { config, hadCleanShutdown: true, producerIdExpirationMs });
  expect(offsetForTimestamp(again, START_MS + 1)).toEqual({ timestamp: LATEST, offset: 1, leaderEpoch: 0 });
  expect(runtime.log.lines.filter(({ level }) => level === "error")).toEqual([]);
  expect(again.appendAsLeader(latest, options)).toMatchObject({ errorCode: 0, duplicate: true, logAppendTimeMs: -1 });
});

test("what a compacted batch keeps stays exact: the producer's id, and the times of its records", async () => {
  const { log, runtime } = compactedLog();
  const producerId = 2n ** 62n + 1n;
  const given = setProducerId(keyedBatch(["a=1", "b=1", "c=1"], idempotent), producerId);
  log.appendAsFollower(startingAt(NANOSECONDS, given, 3));
  put(log, ["a=2", "c=2"]);
  log.roll();
  await clean(log, runtime);
  expect(contents(log)).toEqual(["1 b=1", "3 a=2", "4 c=2"]);
  const { bytes } = batchesOf(log)[0]!;
  const kept = new DataView(bytes.buffer, bytes.byteOffset).getBigInt64(PRODUCER_ID);
  const times = [RecordBatch.exactBaseTimestamp(bytes, 0), RecordBatch.exactMaxTimestamp(bytes, 0)];
  expect([kept, ...times]).toEqual([producerId, NANOSECONDS + 1n, NANOSECONDS + 1n]);
});

test("a time far from the others of its batch is found, and stays, as it is", async () => {
  const { log, runtime } = compactedLog();
  const header = keyedBatch(["a=1", "b=1"]).slice(0, RecordBatch.RECORD_BATCH_OVERHEAD);
  const given = Uint8Array.of(...header, ...recordBytes("a", 0, 0n), ...recordBytes("b", 1, LATEST - BigInt(START_MS)));
  RecordBatch.setSizeInBytes(given, 0, given.length);
  RecordBatch.setExactMaxTimestamp(given, 0, LATEST);
  RecordBatch.writeChecksum(given, 0, runtime.checksums);
  expect(log.appendAsFollower(given).errorCode).toBe(0);
  expect(maxTimestampOffset(log)).toEqual({ timestamp: LATEST, offset: 1, leaderEpoch: -1 });
  put(log, ["a=2"]);
  log.roll();
  await clean(log, runtime);
  expect(contents(log)).toEqual(["1 b=1", "2 a=2"]);
  const { bytes } = batchesOf(log)[0]!;
  expect([RecordBatch.exactBaseTimestamp(bytes, 0), RecordBatch.exactMaxTimestamp(bytes, 0)]).toEqual([LATEST, LATEST]);
});

test("beside a tombstone, from whose horizon they are told then, times stay as they are, however often that is cleaned", async () => {
  const { log, runtime } = compactedLog();
  log.appendAsFollower(startingAt(NANOSECONDS, keyedBatch(["a=1", "b=1", "x", "c=1"]), 4));
  put(log, ["a=2"]);
  log.roll();
  await clean(log, runtime);
  expect(contents(log)).toEqual(["1 b=1", "2 x", "3 c=1", "4 a=2"]);
  expect(exactTimes(log)).toEqual([NANOSECONDS + 1n, NANOSECONDS + 2n, NANOSECONDS + 3n]);
  expect(maxTimestampOffset(log)).toEqual({ timestamp: NANOSECONDS + 3n, offset: 3, leaderEpoch: -1 });
  expect(offsetForTimestamp(log, NANOSECONDS)).toEqual({ timestamp: NANOSECONDS + 1n, offset: 1, leaderEpoch: -1 });

  put(log, ["b=2"]);
  log.roll();
  await clean(log, runtime);
  expect(contents(log)).toEqual(["2 x", "3 c=1", "4 a=2", "5 b=2"]);
  expect(exactTimes(log)).toEqual([NANOSECONDS + 2n, NANOSECONDS + 3n]);
});

/** Of the records of the first batch. */
function exactTimes(log: Log): (number | bigint)[] {
  const { bytes } = batchesOf(log)[0]!;
  expect(RecordBatch.hasDeleteHorizon(bytes, 0)).toBe(true);
  const cursor = openRecords(bytes, 0, simulate().compression);
  const times: (number | bigint)[] = [];
  while (cursor.next()) times.push(cursor.exactTimestamp);
  expect(RecordBatch.exactMaxTimestamp(bytes, 0)).toBe(times.at(-1));
  return times;
}

/** A record with a key of one letter and the value 1. */
function recordBytes(key: string, offsetDelta: number, timestampDelta: bigint): number[] {
  const body = [0];
  let rest = 2n * timestampDelta;
  for (; rest >= 0x80n; rest >>= 7n) body.push(Number(rest & 0x7fn) | 0x80);
  body.push(Number(rest), 2 * offsetDelta, 2, key.charCodeAt(0), 2, "1".charCodeAt(0), 0);
  return [2 * body.length, ...body];
}
