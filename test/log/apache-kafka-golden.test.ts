import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createRuntime } from "#adapter";
import { readCleanShutdownFile } from "../../src/log/clean-shutdown-file.ts";
import { Log } from "../../src/log/log.ts";
import { readMetaProperties } from "../../src/log/meta-properties.ts";
import { OffsetCheckpoint } from "../../src/log/offset-checkpoint.ts";
import { readPartitionMetadata, writePartitionMetadata } from "../../src/log/partition-metadata.ts";
import { decodeProducerSnapshot, encodeProducerSnapshot } from "../../src/log/producer-snapshot.ts";
import * as RecordBatch from "../../src/record/record-batch.ts";
import type { FileSystem } from "../../src/runtime.ts";
import { loadLog, logConfig, logOptions, readAll, simulate } from "./log-fixture.ts";

/**
 * A data directory that Apache Kafka 4.4 left after a clean stop: `golden-0` has 600 records of five producers, 120 in
 * each codec, `transactions-0` committed transactions.
 */
const golden = join(import.meta.dirname, "../golden/apache-kafka");
const bytesOf = (path: string) => new Uint8Array(readFileSync(join(golden, path)));
const config = logConfig({ "segment.index.bytes": 10_485_760 });
const base = "00000000000000000000";

function write(files: FileSystem, path: string, content: Uint8Array): void {
  files.makeDirectory(path.slice(0, path.lastIndexOf("/")));
  const file = files.open(path, "create");
  file.write(content, 0);
  file.close();
}

function read(files: FileSystem, path: string): Uint8Array {
  const file = files.open(path, "read");
  const content = new Uint8Array(file.size());
  file.read(content, 0);
  file.close();
  return content;
}

const partitions = [
  { topic: "golden", records: 600, snapshot: "00000000000000000600.snapshot" },
  { topic: "transactions", records: 64, snapshot: "00000000000000000064.snapshot" },
];

describe.each(partitions)("the partition $topic-0 of Apache Kafka", ({ topic, records, snapshot }) => {
  const directory = `/data/${topic}-0`;
  const log = bytesOf(`${topic}-0/${base}.log`);
  const names = [`${base}.log`, `${base}.index`, `${base}.timeindex`, snapshot, "leader-epoch-checkpoint"];

  function expectSameFiles(files: FileSystem): void {
    for (const name of names.slice(0, 3)) {
      expect(read(files, `${directory}/${name}`), name).toEqual(bytesOf(`${topic}-0/${name}`));
    }
    expect(new TextDecoder().decode(read(files, `${directory}/leader-epoch-checkpoint`))).toBe("0\n1\n0 0\n");
    const runtime = simulate();
    const producers = (content: Uint8Array) => new Set(decodeProducerSnapshot(content, runtime.checksums));
    expect(producers(read(files, `${directory}/${snapshot}`))).toEqual(producers(bytesOf(`${topic}-0/${snapshot}`)));
  }

  test("fetched batch by batch and stopped, has the same bytes in every file", async () => {
    const runtime = simulate();
    const follower = Log.create(logOptions(runtime, { directory, config }));
    for (const position of RecordBatch.batchPositions(log)) {
      const end = position + RecordBatch.sizeInBytes(log, position);
      expect(follower.appendAsFollower(log.subarray(position, end)).errorCode).toBe(0);
    }
    expect(follower.logEndOffset).toBe(records);
    await follower.close();
    expectSameFiles(runtime.files);
  });

  test("fetched in one piece, gets the same index entries", async () => {
    const runtime = simulate();
    const follower = Log.create(logOptions(runtime, { directory, config }));
    follower.appendAsFollower(log);
    await follower.close();
    expectSameFiles(runtime.files);
  });

  test("with only its .log, as after a kill, is recovered to the same files", async () => {
    const runtime = simulate();
    write(runtime.files, `${directory}/${base}.log`, log);
    const recovered = await loadLog(runtime, { directory, config, hadCleanShutdown: false });
    expect(recovered.logEndOffset).toBe(records);
    await recovered.close();
    expectSameFiles(runtime.files);
  });

  test("stopped cleanly, is taken as it is and left as it was", async () => {
    const runtime = simulate();
    for (const name of [...names, "partition.metadata"]) {
      write(runtime.files, `${directory}/${name}`, bytesOf(`${topic}-0/${name}`));
    }
    const loaded = await Log.load(
      logOptions(runtime, { directory, config, topicId: undefined, hadCleanShutdown: true }),
    );
    expect(loaded.logEndOffset).toBe(records);
    expect(loaded.topicId).toMatch(/^[\w-]{22}$/);
    const seen = readAll(loaded).map(({ offset }) => offset);
    expect(seen).toEqual(Array.from({ length: records }, (_, offset) => offset));
    await loaded.close();
    expectSameFiles(runtime.files);
  });
});

test("every record of every codec is read", () => {
  const runtime = simulate();
  const log = Log.create(logOptions(runtime, { directory: "/data/golden-0", config }));
  log.appendAsFollower(bytesOf(`golden-0/${base}.log`));
  const codecs = new Set<number>();
  for (const position of RecordBatch.batchPositions(bytesOf(`golden-0/${base}.log`))) {
    codecs.add(RecordBatch.compressionType(bytesOf(`golden-0/${base}.log`), position));
  }
  expect([...codecs].sort()).toEqual([0, 1, 2, 3, 4]);
  expect(readAll(log).map(({ value }) => value?.length)).toEqual(Array(600).fill(200));
});

test("a producer snapshot is written with the bytes of Kafka's, but for the order of its entries", () => {
  const { checksums } = createRuntime();
  const content = bytesOf("transactions-0/00000000000000000064.snapshot");
  expect(encodeProducerSnapshot(decodeProducerSnapshot(content, checksums)!, checksums)).toEqual(content);
});

test("the files of the directory itself are read", () => {
  const { files } = createRuntime();
  expect(readMetaProperties(files, golden)).toMatchObject({ clusterId: "5L6g3nShT-eMCtK--X86sw", nodeId: 1 });
  expect(readMetaProperties(files, golden)?.directoryId).toMatch(/^[\w-]{22}$/);
  expect(readCleanShutdownFile(files, golden)).toBe(15);
  const highWatermarks = new OffsetCheckpoint(files, `${golden}/replication-offset-checkpoint`).read();
  expect(highWatermarks.size).toBe(52);
  expect(highWatermarks.get("golden-0")).toBe(600);
  expect(new OffsetCheckpoint(files, `${golden}/log-start-offset-checkpoint`).read().size).toBe(0);
});

test("partition.metadata is written with Kafka's bytes", () => {
  const runtime = simulate();
  const expected = bytesOf("golden-0/partition.metadata");
  write(runtime.files, "/data/golden-0/partition.metadata", expected);
  const topicId = readPartitionMetadata(runtime.files, "/data/golden-0")!;
  writePartitionMetadata(runtime.files, "/data/golden-0", topicId);
  expect(read(runtime.files, "/data/golden-0/partition.metadata")).toEqual(expected);
});
