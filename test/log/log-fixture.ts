import { createRuntime } from "#adapter";
import { createSimulatedRuntime, type MemoryFiles, type SimulatedRuntime } from "../../adapters/simulator/index.ts";
import { Log, type LogOptions } from "../../src/log/log.ts";
import { DEFAULT_LOG_CONFIG, type LogConfig } from "../../src/log/log-config.ts";
import type { TimestampAndOffset } from "../../src/log/log-read-info.ts";
import { type LookupDone, TimestampLookup } from "../../src/log/timestamp-lookup.ts";
import { type BatchInput, buildBatch } from "../../src/record/batch-builder.ts";
import { type DecodedRecord, decodeRecords } from "../../src/record/record.ts";
import * as RecordBatch from "../../src/record/record-batch.ts";
import type { FileRange } from "../../src/runtime.ts";

const { compression } = createRuntime();
const builder = createSimulatedRuntime({ seed: 1, compression });

export const TOPIC_ID = "5L6g3nShT-eMCtK--X86sw";
export const START_MS = 1_700_000_000_000;

/** A computer in memory with real codecs; given the files of another, it is that computer after a restart. */
export function simulate(files?: MemoryFiles): SimulatedRuntime {
  return createSimulatedRuntime({ seed: 1, compression, files });
}

export function logConfig(over: Partial<LogConfig> = {}): LogConfig {
  return { ...DEFAULT_LOG_CONFIG, "segment.index.bytes": 8 * 1024, ...over };
}

export function logOptions(runtime: SimulatedRuntime, over: Partial<LogOptions> = {}): LogOptions {
  const directory = "/data/orders-0";
  return { runtime, directory, topic: "orders", partition: 0, topicId: TOPIC_ID, config: logConfig(), ...over };
}

export function createLog(runtime = simulate(), config: Partial<LogConfig> = {}): Log {
  return Log.create(logOptions(runtime, { config: logConfig(config) }));
}

/** Waits for a promise of the simulated computer, whose deferred tasks run only when they are told to. */
export async function settled<T>(runtime: SimulatedRuntime, promise: Promise<T>): Promise<T> {
  let done = false;
  const finish = () => {
    done = true;
  };
  promise.then(finish, finish);
  while (!done) {
    runtime.clock.runUntilIdle();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return promise;
}

export function loadLog(runtime: SimulatedRuntime, over: Partial<LogOptions> = {}): Promise<Log> {
  return settled(runtime, Log.load(logOptions(runtime, over)));
}

/** One batch with a record for each value; timestamps count up from `timestamp`. */
export function batch(values: readonly string[], input: Partial<BatchInput> & { timestamp?: number } = {}): Uint8Array {
  const text = new TextEncoder();
  const records = values.map((value, index) => ({
    timestamp: (input.timestamp ?? START_MS) + index,
    key: null,
    value: text.encode(value),
  }));
  return buildBatch({ records, ...input }, builder);
}

export function append(log: Log, values: readonly string[], input: Parameters<typeof batch>[1] = {}, leaderEpoch = 0) {
  return log.appendAsLeader(batch(values, input), { leaderEpoch, nowMs: START_MS });
}

/** Every record from `startOffset` on, read as a follower reads them, in pieces of at most `maxBytes`. */
export function readAll(log: Log, startOffset = log.logStartOffset, maxBytes = 1 << 20): DecodedRecord[] {
  const records: DecodedRecord[] = [];
  for (let offset = startOffset; offset < log.logEndOffset; ) {
    const read = log.read(offset, maxBytes, { upToOffset: log.logEndOffset, minOneMessage: true });
    if (read.records === null) throw new Error(`Nothing to read at offset ${offset}, error ${read.errorCode}`);
    const before = offset;
    for (const record of decodeRange(read.records)) {
      if (record.offset < offset) continue;
      records.push(record);
      offset = record.offset + 1;
    }
    if (offset === before) throw new Error(`No progress at offset ${offset}`);
  }
  return records;
}

export function values(records: readonly DecodedRecord[]): (string | null)[] {
  const text = new TextDecoder();
  return records.map(({ value }) => (value === null ? null : text.decode(value)));
}

export function decodeRange(range: FileRange): DecodedRecord[] {
  const bytes = readRange(range);
  return [...RecordBatch.batchPositions(bytes)].flatMap((position) => decodeRecords(bytes, position, compression));
}

export function readRange({ file, position, length }: FileRange): Uint8Array {
  const bytes = new Uint8Array(length);
  if (file.read(bytes, position) !== length) throw new Error("The range is longer than its file");
  return bytes;
}

/** Looks up a time; with codecs at hand nothing has to wait. */
export function offsetForTimestamp(log: Log, timestampMs: number | bigint): TimestampAndOffset | undefined {
  return lookedUp((lookup, done) => lookup.find(log, timestampMs, done));
}

export function maxTimestampOffset(log: Log): TimestampAndOffset | undefined {
  return lookedUp((lookup, done) => lookup.findMax(log, done));
}

function lookedUp(start: (lookup: TimestampLookup, done: LookupDone) => void): TimestampAndOffset | undefined {
  let outcome: Parameters<LookupDone> | undefined;
  start(new TimestampLookup(simulate()), (...args) => {
    outcome = args;
  });
  if (outcome === undefined) throw new Error("The lookup waits for something");
  if (outcome[1] !== undefined) throw outcome[1];
  return outcome[0];
}
