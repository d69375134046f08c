import type { SimulatedRuntime } from "../../../adapters/simulator/index.ts";
import type { CleanerLimits } from "../../../src/log/cleaner/cleaner-limits.ts";
import { type CleanedLog, Cleaning } from "../../../src/log/cleaner/cleaning.ts";
import { measureLog, offsetsToClean } from "../../../src/log/cleaner/log-to-clean.ts";
import type { Pace } from "../../../src/log/cleaner/pace.ts";
import type { Log } from "../../../src/log/log.ts";
import type { LogConfig } from "../../../src/log/log-config.ts";
import { type BatchInput, buildBatch } from "../../../src/record/batch-builder.ts";
import { buildEndTransactionMarker } from "../../../src/record/control-record.ts";
import { type DecodedRecord, decodeRecords } from "../../../src/record/record.ts";
import * as RecordBatch from "../../../src/record/record-batch.ts";
import { createLog, logConfig, readAll, readRange, START_MS, settled, simulate } from "../log-fixture.ts";

export const LIMITS: CleanerLimits = { mapBytes: 1024 * 1024, loadFactor: 0.9, ioBufferBytes: 16 * 1024 };
export const DELETE_RETENTION_MS = 86_400_000;

const text = new TextEncoder();

/** `"key=value"`, or `"key"` for a tombstone. */
export type KeyedRecord = string;

export function compactedConfig(over: Partial<LogConfig> = {}): LogConfig {
  return logConfig({
    "cleanup.policy": "compact",
    "delete.retention.ms": DELETE_RETENTION_MS,
    "retention.ms": -1,
    ...over,
  });
}

/** An empty log of a compacted topic on a simulated computer. */
export function compactedLog(config: Partial<LogConfig> = {}, runtime = simulate()) {
  return { runtime, log: createLog(runtime, compactedConfig(config)) };
}

export function keyedBatch(records: readonly KeyedRecord[], input: Partial<BatchInput> & { timestamp?: number } = {}) {
  const inputs = records.map((record, index) => {
    const [key, value] = record.split("=");
    return {
      timestamp: (input.timestamp ?? START_MS) + index,
      key: text.encode(key),
      value: value === undefined ? null : text.encode(value),
    };
  });
  return buildBatch({ records: inputs, ...input }, simulate());
}

/** Appends one batch and commits it. */
export function put(log: Log, records: readonly KeyedRecord[], input: Parameters<typeof keyedBatch>[1] = {}) {
  const info = log.appendAsLeader(keyedBatch(records, input), { leaderEpoch: 0, nowMs: START_MS });
  if (info.errorCode !== 0) throw new Error(`${info.errorMessage}`);
  log.updateHighWatermark(log.logEndOffset);
  return info;
}

export function endTransaction(log: Log, producerId: number, commit: boolean, producerEpoch = 0) {
  const marker = { producerId, producerEpoch, coordinatorEpoch: 0, commit, timestamp: START_MS };
  const info = log.appendAsLeader(buildEndTransactionMarker(marker, simulate()), {
    leaderEpoch: 0,
    nowMs: START_MS,
    origin: "coordinator",
  });
  if (info.errorCode !== 0) throw new Error(`${info.errorMessage}`);
  log.updateHighWatermark(log.logEndOffset);
}

export interface CleanOptions {
  readonly checkpoint?: number;
  readonly limits?: Partial<CleanerLimits>;
  readonly pace?: Pace;
}

/** Work without rest. */
export const hurried: Pace = { rest: () => undefined, stop: () => {} };

/** Something happens in each pause. */
export function pausing(rest: () => void): Pace {
  return { ...hurried, rest: () => Promise.resolve(rest()) };
}

export function startCleaning(log: Log, runtime: SimulatedRuntime, options: CleanOptions = {}): Cleaning {
  const nowMs = runtime.clock.now();
  const target = measureLog(log, offsetsToClean(log, options.checkpoint, nowMs), nowMs);
  return new Cleaning(target, { runtime, limits: { ...LIMITS, ...options.limits }, pace: options.pace ?? hurried });
}

/** Cleans everything but the active segment once. */
export function clean(log: Log, runtime: SimulatedRuntime, options: CleanOptions = {}): Promise<CleanedLog> {
  return settled(runtime, startCleaning(log, runtime, options).run());
}

export interface StoredBatch {
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly isControlBatch: boolean;
  readonly records: readonly DecodedRecord[];
  readonly bytes: Uint8Array;
}

/** Everything that the segments hold, batch by batch. */
export function batchesOf(log: Log): StoredBatch[] {
  return log.segments.flatMap((segment) => {
    const bytes = readRange({ file: segment.file, position: 0, length: segment.sizeBytes });
    return [...RecordBatch.batchPositions(bytes)].map((position) => ({
      baseOffset: RecordBatch.baseOffset(bytes, position),
      lastOffset: RecordBatch.lastOffset(bytes, position),
      isControlBatch: RecordBatch.isControlBatch(bytes, position),
      records: decodeRecords(bytes, position, simulate().compression),
      bytes: bytes.slice(position, position + RecordBatch.sizeInBytes(bytes, position)),
    }));
  });
}

/** `"offset key=value"` for each record of the log, `"offset COMMIT"` for a marker, `"offset -"` for an empty batch. */
export function contents(log: Log): string[] {
  const decoder = new TextDecoder();
  return batchesOf(log).flatMap(({ records, isControlBatch, lastOffset }) => {
    if (records.length === 0) return [`${lastOffset} -`];
    return records.map(({ offset, key, value }) => {
      if (isControlBatch) return `${offset} ${key![3] === 1 ? "COMMIT" : "ABORT"}`;
      const keyText = key === null ? "" : decoder.decode(key);
      return `${offset} ${keyText}${value === null ? "" : `=${decoder.decode(value)}`}`;
    });
  });
}

/** The latest value of each key that is not deleted, as a reader finds it. */
export function latestValues(log: Log): Record<string, string> {
  const decoder = new TextDecoder();
  const latest = new Map<string, string>();
  for (const { key, value } of readAll(log)) {
    if (key === null) continue;
    if (value === null) latest.delete(decoder.decode(key));
    else latest.set(decoder.decode(key), decoder.decode(value));
  }
  return Object.fromEntries([...latest].sort());
}

/** What the cleaner left behind that it should not. */
export function workFiles(log: Log, runtime: SimulatedRuntime): string[] {
  const names = runtime.files.list(log.directory).map(({ name }) => name);
  return names.filter((name) => name.endsWith(".cleaned") || name.endsWith(".swap"));
}
