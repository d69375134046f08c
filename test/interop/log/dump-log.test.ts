import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createRuntime } from "#adapter";
import { SeededRandom } from "../../../adapters/simulator/index.ts";
import { Log } from "../../../src/log/log.ts";
import { DEFAULT_LOG_CONFIG } from "../../../src/log/log-config.ts";
import { buildBatch } from "../../../src/record/batch-builder.ts";
import { buildEndTransactionMarker } from "../../../src/record/control-record.ts";
import { runSuccessfully } from "../command.ts";
import { javaToolCommand, runJavaTool } from "../java-tools/java-tool.ts";

const runtime = createRuntime();
const root = mkdtempSync(join(tmpdir(), "polylog-dump-log-"));
const directory = join(root, "orders-0");
const codecs = ["none", "gzip", "snappy", "lz4", "zstd"] as const;
const recordsPerBatch = 20;
const batches = 100;

/** Several segments in all codecs, with keys, headers, tombstones, an idempotent producer and a transaction. */
beforeAll(async () => {
  const config = { ...DEFAULT_LOG_CONFIG, "segment.bytes": 100_000 };
  const log = Log.create({
    runtime,
    directory,
    topic: "orders",
    partition: 0,
    topicId: "5L6g3nShT-eMCtK--X86sw",
    config,
  });
  const nowMs = 1_700_000_000_000;
  for (let index = 0; index < batches; index++) {
    const records = Array.from({ length: recordsPerBatch }, (_, record) => ({
      timestamp: nowMs + index * 1_000 + record,
      key: new TextEncoder().encode(`key-${record}`),
      value: record === 3 ? null : new TextEncoder().encode(`value ${index} ${record} `.repeat(80)),
      headers: record % 2 === 0 ? [{ key: "h", value: new Uint8Array([1, 2]) }] : [],
    }));
    const transactional = index >= batches - 5;
    const batch = buildBatch(
      {
        records,
        compression: codecs[index % codecs.length]!,
        producerId: transactional ? 900 : 800,
        producerEpoch: 1,
        baseSequence: (transactional ? index - (batches - 5) : index) * recordsPerBatch,
        transactional,
      },
      runtime,
    );
    const info = log.appendAsLeader(batch, { leaderEpoch: 3 + (index >> 5), nowMs: nowMs + 1_000_000 });
    if (info.errorCode !== 0) throw new Error(`${info.errorMessage}`);
  }
  const marker = { producerId: 900, producerEpoch: 2, coordinatorEpoch: 4, commit: true, timestamp: nowMs };
  log.appendAsLeader(buildEndTransactionMarker(marker, runtime), { leaderEpoch: 6, nowMs, origin: "coordinator" });
  await log.close();
});

afterAll(() => rmSync(root, { recursive: true, force: true }));

const filesOf = (suffix: string) =>
  readdirSync(directory)
    .filter((name) => name.endsWith(suffix))
    .sort()
    .map((name) => join(directory, name));

const dump = (files: readonly string[], ...options: string[]) =>
  runSuccessfully(javaToolCommand("dump-log", ["--files", files.join(","), ...options]), { limitMs: 300_000 });

describe("Apache Kafka's dump-log", () => {
  test("reads every record of every segment", async () => {
    const segments = filesOf(".log");
    expect(segments.length).toBeGreaterThan(3);
    const lines = (await dump(segments, "--print-data-log", "--deep-iteration")).split("\n");
    const batchLines = lines.filter((line) => line.startsWith("baseOffset: "));
    expect(batchLines.length).toBe(batches + 1);
    expect(batchLines.filter((line) => !line.includes("isvalid: true"))).toEqual([]);
    const offsets = lines.map((line) => /^\| offset: (\d+)/.exec(line)?.[1]).filter((offset) => offset !== undefined);
    expect(offsets.map(Number)).toEqual(Array.from({ length: batches * recordsPerBatch + 1 }, (_, offset) => offset));
    expect(lines.filter((line) => line.includes("endTxnMarker: COMMIT")).length).toBe(1);
    expect(new Set(batchLines.map((line) => /compresscodec: (\w+)/.exec(line)?.[1]))).toEqual(new Set(codecs));
  });

  test.each([
    ...(["gzip", "snappy", "lz4", "zstd"] as const).map((type) => ({ type, level: undefined })),
    ...[1, 9].map((level) => ({ type: "gzip" as const, level })),
    ...[-131_072, -1, 1, 22].map((level) => ({ type: "zstd" as const, level })),
  ])("reads what the broker compressed with $type at level $level", async ({ type, level }) => {
    const recompressed = join(root, `again-${type}${level ?? ""}-0`);
    const config = { ...DEFAULT_LOG_CONFIG, "compression.type": type };
    const levels = level === undefined ? {} : { [`compression.${type}.level`]: level };
    const options = {
      runtime,
      directory: recompressed,
      topic: "again",
      partition: 0,
      config: { ...config, ...levels },
    };
    const log = Log.create({ ...options, topicId: "6L6g3nShT-eMCtK--X86sw" });
    const random = new SeededRandom(1);
    // From noise to repetition, and larger than the blocks of all codecs.
    for (const letters of [256, 16, 1]) {
      const value = random.bytes(300_000).map((byte) => byte % letters);
      const records = [value, value.slice(0, 70_000), null].map((each) => ({ timestamp: 1, key: null, value: each }));
      const info = log.appendAsLeader(buildBatch({ records }, runtime), { leaderEpoch: 0, nowMs: 1 });
      expect([info.errorCode, info.errorMessage]).toEqual([0, null]);
    }
    await log.close();
    const lines = (await dump([join(recompressed, "00000000000000000000.log")], "--deep-iteration")).split("\n");
    const batchLines = lines.filter((line) => line.startsWith("baseOffset: "));
    expect(
      batchLines.filter((line) => !(line.includes("isvalid: true") && line.includes(`compresscodec: ${type}`))),
    ).toEqual([]);
    const sizes = lines
      .map((line) => /^\| offset: .* valueSize: (-?\d+)/.exec(line)?.[1])
      .filter((size) => size !== undefined);
    expect(sizes.map(Number)).toEqual([300_000, 70_000, -1, 300_000, 70_000, -1, 300_000, 70_000, -1]);
  });

  test("finds every index in accord with its segment", async () => {
    const indexes = [...filesOf(".index"), ...filesOf(".timeindex")];
    const output = await dump(indexes, "--index-sanity-check");
    expect(output.match(/passed sanity check/g)?.length).toBe(indexes.length);
    // Mismatches go to the error stream, and the exit code is 0 nevertheless.
    const verified = await runJavaTool("dump-log", ["--files", indexes.join(","), "--verify-index-only"]);
    expect(verified.exitCode).toBe(0);
    expect(verified.stdout).toContain(`Dumping ${indexes[0]}`);
    expect(`${verified.stdout}${verified.stderr}`).not.toMatch(/mismatch|Index offset|corrupt/i);
  });

  test("reads the producer snapshots", async () => {
    const output = await dump(filesOf(".snapshot"));
    const newest = output.slice(output.lastIndexOf("Dumping"));
    expect(newest).toMatch(/producerId: 800 producerEpoch: 1 .*lastSequence: 1899/s);
    expect(newest).toMatch(
      /producerId: 900 producerEpoch: 2 coordinatorEpoch: 4 currentTxnFirstOffset: (None|OptionalLong.empty)/,
    );
  });
});
