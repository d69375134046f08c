import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createRuntime } from "#adapter";
import { SeededRandom } from "../../../adapters/simulator/index.ts";
import { type CleanedLog, Cleaning } from "../../../src/log/cleaner/cleaning.ts";
import { measureLog, offsetsToClean } from "../../../src/log/cleaner/log-to-clean.ts";
import { Log } from "../../../src/log/log.ts";
import { DEFAULT_LOG_CONFIG, type LogConfig } from "../../../src/log/log-config.ts";
import { openRecords } from "../../../src/record/record.ts";
import * as RecordBatch from "../../../src/record/record-batch.ts";
import type { Runtime } from "../../../src/runtime.ts";
import { hurried } from "../../log/cleaner/cleaner-fixture.ts";
import { type RandomLogOptions, RandomLogWriter } from "../../log/cleaner/random-log.ts";
import { CleanerPeer } from "./cleaner-peer.ts";

const real = createRuntime();
const root = mkdtempSync(join(tmpdir(), "polylog-same-bytes-"));
/** Producers that have long been idle are forgotten, by the real clock. */
const START_MS = Date.now() - 3_600_000;
const DELETE_RETENTION_MS = 60_000;

let peer: CleanerPeer;
beforeAll(() => {
  peer = new CleanerPeer();
});
afterAll(() => {
  peer?.close();
  rmSync(root, { recursive: true, force: true });
});

interface Scenario {
  readonly name: string;
  readonly config?: Partial<LogConfig>;
  readonly content: RandomLogOptions;
  readonly batches: number;
  readonly bufferBytes?: number;
  /** Time indexes have times as numbers here, where Apache Kafka has them as they are; look-ups know that. */
  readonly roundsIndexedTimes?: boolean;
}

const settings = (over: Partial<LogConfig> = {}) => ({
  "cleanup.policy": "compact" as const,
  "segment.bytes": 20_000,
  "segment.index.bytes": 4096,
  "index.interval.bytes": 512,
  "delete.retention.ms": DELETE_RETENTION_MS,
  ...over,
});

const at = (nowMs: number): Runtime => ({
  ...real,
  clock: {
    now: () => nowMs,
    elapsed: () => real.clock.elapsed(),
    schedule: (delayMs, task) => real.clock.schedule(delayMs, task),
    defer: (task) => real.clock.defer(task),
  },
});

async function open(directory: string, config: LogConfig, nowMs: number): Promise<Log> {
  const log = await Log.load({
    runtime: at(nowMs),
    directory,
    topic: "orders",
    partition: 0,
    topicId: "5L6g3nShT-eMCtK--X86sw",
    config,
    hadCleanShutdown: true,
    producerIdExpirationMs: 2 ** 31 - 1,
  });
  log.updateHighWatermark(log.logEndOffset);
  return log;
}

async function clean(log: Log, nowMs: number, checkpoint: number | undefined, mapBytes: number): Promise<CleanedLog> {
  const target = measureLog(log, offsetsToClean(log, checkpoint, nowMs), nowMs);
  const limits = { mapBytes, loadFactor: 0.9, ioBufferBytes: 64 * 1024 };
  return new Cleaning(target, { runtime: at(nowMs), limits, pace: hurried }).run();
}

/** Byte for byte; where codecs are used, header by header and record by record. */
function expectSame(ours: string, theirs: string, exact: boolean, roundsIndexedTimes: boolean): void {
  const names = (directory: string) =>
    readdirSync(directory)
      .filter((name) => /^\d{20}\.(log|index|timeindex|txnindex)$/.test(name))
      .sort();
  expect(names(ours)).toEqual(names(theirs));
  const active = names(ours).at(-1)!.slice(0, 20);
  for (const name of names(ours)) {
    // No cleaner touches it, and Apache Kafka does not always trim its indexes when it closes a log.
    if (name.startsWith(active)) continue;
    if (roundsIndexedTimes && name.endsWith(".timeindex")) continue;
    const [our, their] = [readFileSync(join(ours, name)), readFileSync(join(theirs, name))];
    if (name.endsWith(".log")) expect(batches(our), name).toEqual(batches(their));
    if (exact || name.endsWith(".txnindex")) expect(our.equals(their), name).toBe(true);
    if (name.endsWith(".log")) {
      expect(Math.floor(statSync(join(ours, name)).mtimeMs), name).toBe(
        Math.floor(statSync(join(theirs, name)).mtimeMs),
      );
    }
  }
}

function batches(file: Buffer): unknown[] {
  const bytes = new Uint8Array(file);
  return [...RecordBatch.batchPositions(bytes)].map((position) => ({
    baseOffset: RecordBatch.baseOffset(bytes, position),
    partitionLeaderEpoch: RecordBatch.partitionLeaderEpoch(bytes, position),
    attributes: RecordBatch.attributes(bytes, position),
    lastOffsetDelta: RecordBatch.lastOffsetDelta(bytes, position),
    baseTimestamp: RecordBatch.baseTimestamp(bytes, position),
    maxTimestamp: RecordBatch.maxTimestamp(bytes, position),
    producerId: RecordBatch.producerId(bytes, position),
    producerEpoch: RecordBatch.producerEpoch(bytes, position),
    baseSequence: RecordBatch.baseSequence(bytes, position),
    recordCount: RecordBatch.recordCount(bytes, position),
    isWhole: RecordBatch.findProblem(bytes, position, real.checksums) === undefined,
    records: Buffer.from(openRecords(bytes, position, real.compression).records).toString("latin1"),
  }));
}

const uncompressed = { codecs: ["none"] as const };

const scenarios: readonly Scenario[] = [
  { name: "keys and tombstones", content: { keys: 40, producers: 0, ...uncompressed }, batches: 300 },
  {
    name: "idempotent and transactional producers",
    content: { keys: 60, producers: 6, ...uncompressed },
    batches: 500,
  },
  { name: "a few keys", content: { keys: 3, producers: 3, tombstonePercent: 40, ...uncompressed }, batches: 400 },
  { name: "keys that hardly ever come again", content: { keys: 5000, producers: 4, ...uncompressed }, batches: 400 },
  { name: "all codecs", content: { keys: 60, producers: 4, recordsPerBatch: 30 }, batches: 300 },
  {
    name: "the broker's time on the records",
    config: { "message.timestamp.type": "LogAppendTime" },
    content: { keys: 40, producers: 3, ...uncompressed },
    batches: 300,
  },
  {
    name: "records without a time",
    content: { keys: 40, producers: 3, timestamps: "none", ...uncompressed },
    batches: 300,
  },
  {
    name: "times in nanoseconds",
    config: { "message.timestamp.after.max.ms": Number.MAX_SAFE_INTEGER },
    content: { keys: 40, producers: 3, timestamps: "nanoseconds", ...uncompressed },
    batches: 300,
    roundsIndexedTimes: true,
  },
  {
    // Without transactions: of one that was aborted just before the first dirty offset, Apache Kafka 4.4.0 does not see the
    // marker, takes what its producer writes next for aborted, and leaves it out of its map.
    name: "more keys than the buffer has room for",
    content: { keys: 2000, producers: 0, recordsPerBatch: 20, ...uncompressed },
    batches: 400,
    bufferBytes: 24 * 500,
  },
  {
    name: "a minimum lag",
    config: { "min.compaction.lag.ms": 100_000 },
    content: { keys: 40, producers: 2, ...uncompressed },
    batches: 500,
  },
];

describe.each(scenarios)("$name", ({ name, config, content, batches: count, ...options }) => {
  const { bufferBytes = 1 << 20, roundsIndexedTimes = false } = options;

  test.each([1, 2, 3])("cleaned three times, the log is what Apache Kafka's cleaner leaves (seed %i)", async (seed) => {
    const exact = content.codecs !== undefined;
    const over = settings(config);
    const logConfig: LogConfig = { ...DEFAULT_LOG_CONFIG, ...over };
    const ours = join(root, `${name.replace(/\W+/g, "-")}-${seed}`, "orders-0");
    const theirs = join(`${ours}-kafka`, "orders-0");
    let checkpoint: number | undefined;
    let nowMs = START_MS;
    let writer: RandomLogWriter | undefined;
    for (let round = 0; round < 3; round++) {
      const writing = await open(ours, logConfig, nowMs);
      writer ??= new RandomLogWriter(writing, new SeededRandom(seed), real, content);
      writer.continueIn(writing, nowMs);
      writer.write(count);
      if (round !== 1) writer.endTransactions();
      if (seed === 1) writing.roll();
      await writing.close();
      rmSync(theirs, { recursive: true, force: true });
      // A thread may be removing them at this very moment. With a filter the copy would have other times.
      for (const file of readdirSync(ours)) if (file.endsWith(".deleted")) rmSync(join(ours, file), { force: true });
      cpSync(ours, theirs, { recursive: true, preserveTimestamps: true });
      nowMs += DELETE_RETENTION_MS + 1;

      const log = await open(ours, logConfig, nowMs);
      const cleaned = await clean(log, nowMs, checkpoint, bufferBytes);
      await log.close();
      const { "segment.bytes": segmentBytes, ...others } = over;
      // By its proper name this setting is a megabyte at least.
      const kafkaSettings = { "internal.segment.bytes": segmentBytes, ...others };
      const job = { directory: theirs, nowMs, firstDirtyOffset: checkpoint, bufferBytes, settings: kafkaSettings };
      const reference = await peer.clean(job);
      expect(cleaned.nextDirtyOffset).toBe(reference.nextDirtyOffset);
      expect([cleaned.stats.recordsRead, cleaned.stats.recordsWritten]).toEqual([
        reference.recordsRead,
        reference.recordsWritten,
      ]);
      expectSame(ours, theirs, exact, roundsIndexedTimes);
      checkpoint = cleaned.nextDirtyOffset;
    }
  });
});
