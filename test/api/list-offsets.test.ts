import { describe, expect, test } from "vitest";
import { createRuntime } from "#adapter";
import { listOffsets } from "../../src/api/list-offsets.ts";
import { DEFAULT_LOG_CONFIG } from "../../src/log/log-config.ts";
import { ErrorCode } from "../../src/protocol/error-codes.ts";
import { buildBatch } from "../../src/record/batch-builder.ts";
import { patternBytes } from "../conformance/subject.ts";
import { atTime, TestBroker } from "./test-broker.ts";

const LATEST = 11;
const READ_COMMITTED = 1;
const NOTHING = { errorCode: 0, timestamp: -1, offset: -1, leaderEpoch: -1 };

/** Five records: offsets 0-1 at 1000, 2 at 3000, 3-4 at 2000; the last two in leader epoch 1. */
async function brokerWithRecords(options: Parameters<TestBroker["createTopic"]>[1] = {}): Promise<TestBroker> {
  const broker = await TestBroker.start();
  broker.createTopic("t", options);
  broker.append("t", 2, { timestamp: 1_000 });
  broker.append("t", 1, { timestamp: 3_000 });
  broker.changePartition("t", { leader: 1 });
  broker.append("t", 2, { timestamp: 2_000 });
  return broker;
}

function list(
  broker: TestBroker,
  timestamp: number | bigint,
  options: { version?: number; replicaId?: number; isolationLevel?: number; currentLeaderEpoch?: number } = {},
) {
  const { version = LATEST, replicaId = -1, isolationLevel = 0, currentLeaderEpoch = -1 } = options;
  const partition = { partitionIndex: 0, currentLeaderEpoch, timestamp };
  const topics = [{ name: "t", partitions: [partition] }];
  const { response } = broker.send(listOffsets, version, { replicaId, isolationLevel, topics });
  const { partitionIndex: _, ...result } = response!.topics[0]!.partitions[0]!;
  return result;
}

describe("by time", () => {
  test.each([
    [0, 1_000, 0, 0],
    [1_000, 1_000, 0, 0],
    [1_001, 3_000, 2, 0],
    [3_000, 3_000, 2, 0],
  ])("from %i on the first record is of %i at offset %i", async (asked, timestamp, offset, leaderEpoch) => {
    expect(list(await brokerWithRecords(), asked)).toEqual({ errorCode: 0, timestamp, offset, leaderEpoch });
  });

  test.each([3_001, 2n ** 63n - 1n])("from %s on there is none", async (timestamp) => {
    expect(list(await brokerWithRecords(), timestamp)).toEqual(NOTHING);
  });

  test("a time that no number holds is told exactly", async () => {
    const broker = await brokerWithRecords({ config: { "message.timestamp.after.max.ms": Number.MAX_SAFE_INTEGER } });
    const nanoseconds = 1_700_000_000_123_456_789n;
    broker.partition("t").appendRecordsToLeader(atTime(nanoseconds, broker.batch(), broker.runtime), 1);
    const found = { errorCode: 0, timestamp: nanoseconds, offset: 5, leaderEpoch: 1 };
    expect(list(broker, nanoseconds)).toEqual(found);
    expect(list(broker, -3)).toEqual(found);
    expect(list(broker, nanoseconds + 1n)).toEqual(NOTHING);
  });

  test("what is not committed is not found", async () => {
    const broker = await brokerWithRecords({ replicas: [1, 2] });
    broker.partition("t").followerFetched(2, 200, 2, 0);
    expect(list(broker, 2_000)).toMatchObject({ errorCode: ErrorCode.OFFSET_NOT_AVAILABLE });
    expect(list(broker, 1_000)).toMatchObject({ errorCode: 0, offset: 0 });
    expect(list(broker, 2_000, { replicaId: 2 })).toMatchObject({ errorCode: 0, offset: 2 });
  });
});

describe("special timestamps", () => {
  test("latest and earliest, with their leader epochs", async () => {
    const broker = await brokerWithRecords();
    expect(list(broker, -1)).toEqual({ errorCode: 0, timestamp: -1, offset: 5, leaderEpoch: 1 });
    expect(list(broker, -2)).toEqual({ errorCode: 0, timestamp: -1, offset: 0, leaderEpoch: 0 });
    expect(list(broker, -4)).toEqual(list(broker, -2));
  });

  test("the record with the largest timestamp", async () => {
    expect(list(await brokerWithRecords(), -3)).toEqual({ errorCode: 0, timestamp: 3_000, offset: 2, leaderEpoch: 0 });
  });

  test.each([-5, -6])("%i: nothing is in remote storage", async (timestamp) => {
    expect(list(await brokerWithRecords(), timestamp)).toEqual(NOTHING);
  });

  test.each([
    [-3, 6],
    [-4, 7],
    [-5, 8],
    [-6, 10],
    [-7, LATEST],
  ])("%i is unknown to version %i", async (timestamp, version) => {
    const expected = { ...NOTHING, errorCode: ErrorCode.UNSUPPORTED_VERSION };
    expect(list(await brokerWithRecords(), timestamp, { version })).toEqual(expected);
  });

  test("the latest offset is the consumer's: the high watermark; a replica's: the log end", async () => {
    const broker = await TestBroker.start();
    broker.createTopic("t", { replicas: [1, 2] });
    broker.append("t", 5);
    broker.partition("t").followerFetched(2, 200, 3, 0);
    expect(list(broker, -1).offset).toBe(3);
    expect(list(broker, -1, { isolationLevel: READ_COMMITTED }).offset).toBe(3);
    expect(list(broker, -1, { replicaId: 2 }).offset).toBe(5);
    expect(list(broker, -1, { replicaId: -2 }).offset).toBe(5);
  });

  test("a new leader whose high watermark lags does not tell a latest offset that could go back", async () => {
    const broker = await brokerWithRecords({ replicas: [1, 2] });
    expect(list(broker, -1).errorCode).toBe(ErrorCode.OFFSET_NOT_AVAILABLE);
    expect(list(broker, -1, { version: 4 }).errorCode).toBe(ErrorCode.LEADER_NOT_AVAILABLE);
    broker.partition("t").followerFetched(2, 200, 4, 0);
    expect(list(broker, -1)).toMatchObject({ errorCode: 0, offset: 4 });
  });
});

describe("who may ask", () => {
  test("leader epochs are checked", async () => {
    const broker = await brokerWithRecords();
    expect(list(broker, -1, { currentLeaderEpoch: 0 }).errorCode).toBe(ErrorCode.FENCED_LEADER_EPOCH);
    expect(list(broker, -1, { currentLeaderEpoch: 2 }).errorCode).toBe(ErrorCode.UNKNOWN_LEADER_EPOCH);
    expect(list(broker, -1, { currentLeaderEpoch: 1 }).errorCode).toBe(0);
  });

  test("a follower answers debugging tools only", async () => {
    const broker = await TestBroker.start();
    broker.createTopic("t", { replicas: [1, 2], leader: 2 });
    expect(list(broker, -1).errorCode).toBe(ErrorCode.NOT_LEADER_OR_FOLLOWER);
    expect(list(broker, -2, { replicaId: -2 })).toMatchObject({ errorCode: 0, offset: 0 });
  });

  test.each([2, 11])("an isolation level that there is not is refused in version %i", async (version) => {
    const broker = await brokerWithRecords();
    const asked = { version, isolationLevel: 2 };
    const refused = { errorCode: ErrorCode.UNKNOWN_SERVER_ERROR, timestamp: -1, offset: -1, leaderEpoch: -1 };
    for (const replicaId of [-1, -2, 2]) expect(list(broker, -1, { ...asked, replicaId })).toEqual(refused);
    const topics = [{ name: "none", partitions: [{ partitionIndex: 4, timestamp: -1 }] }];
    const { response } = broker.send(listOffsets, version, { replicaId: -1, isolationLevel: -1, topics });
    expect(response?.topics).toEqual([{ name: "none", partitions: [{ partitionIndex: 4, ...refused }] }]);
  });

  test("an unknown partition, and one that is named twice", async () => {
    const broker = await brokerWithRecords();
    const at = (partitionIndex: number) => ({ partitionIndex, timestamp: -1 });
    const topics = [{ name: "t", partitions: [at(0), at(7), at(0)] }];
    const { response } = broker.send(listOffsets, LATEST, { replicaId: -1, isolationLevel: 0, topics });
    expect(response?.topics[0]?.partitions.map(({ errorCode }) => errorCode)).toEqual([
      ErrorCode.INVALID_REQUEST,
      ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
    ]);
  });

  test("a topic that is named twice has one place in the answer, one without partitions has none", async () => {
    const broker = await brokerWithRecords();
    const topic = (name: string, ...indexes: number[]) => ({
      name,
      partitions: indexes.map((partitionIndex) => ({ partitionIndex, timestamp: -1 })),
    });
    const topics = [topic("none"), topic("t", 0), topic("other", 0), topic("t", 7, 0)];
    const { response } = broker.send(listOffsets, LATEST, { replicaId: -1, isolationLevel: 0, topics });
    const told = response?.topics.map(({ name, partitions }) => [name, ...partitions.map((each) => each.errorCode)]);
    expect(told).toEqual([
      ["t", ErrorCode.INVALID_REQUEST, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION],
      ["other", ErrorCode.UNKNOWN_TOPIC_OR_PARTITION],
    ]);
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])("version %i is answered", async (version) => {
    const result = list(await brokerWithRecords(), -1, { version });
    expect(result).toEqual({ errorCode: 0, timestamp: -1, offset: 5, leaderEpoch: version >= 4 ? 1 : -1 });
  });
});

test("a disk that fails is told as such, and others are answered", async () => {
  const broker = await brokerWithRecords();
  const { files } = broker.runtime;
  const { open } = files;
  files.open = (path, mode) => {
    if (path.startsWith("/data/t-0/")) throw Object.assign(new Error(`EIO: open '${path}'`), { code: "EIO" });
    return open.call(files, path, mode);
  };
  for (const segment of broker.partition("t").log!.segments) segment.freeFiles();
  const partition = broker.partition("t");
  expect(list(broker, 1_000)).toMatchObject({ errorCode: ErrorCode.KAFKA_STORAGE_ERROR });
  expect(partition.isOffline).toBe(true);
});

describe("in compressed batches", () => {
  const { compression } = createRuntime();
  const noise = patternBytes(40_000);

  async function brokerWithBatch(codec: "gzip" | "snappy" | "lz4" | "zstd", sizeBytes: number) {
    const broker = await TestBroker.start({ compression });
    broker.createTopic("t", { config: { "max.message.bytes": 50_000_000 } });
    const records = [10, 30, 20].map((timestamp) => ({ timestamp, key: null, value: new Uint8Array(sizeBytes) }));
    for (const value of [noise, noise]) records.push({ timestamp: 40, key: null, value: new Uint8Array(value) });
    const batch = buildBatch({ records, compression: codec }, broker.runtime);
    expect(broker.partition("t").appendRecordsToLeader(batch, 1).errorCode).toBe(0);
    return broker;
  }

  test.each(["gzip", "snappy", "lz4", "zstd"] as const)(
    "a record is found in codec %s, large or small",
    async (codec) => {
      for (const sizeBytes of [10, 5_000_000]) {
        const broker = await brokerWithBatch(codec, sizeBytes);
        for (const [asked, timestamp, offset] of [
          [0, 10, 0],
          [11, 30, 1],
          [31, 40, 3],
          [-3, 40, 3],
        ] as const) {
          const { exchange, result } = ask(broker, asked);
          // What takes the loop too long is done elsewhere.
          if (sizeBytes > 10) expect(exchange.response).toBeUndefined();
          broker.runtime.clock.runUntilIdle();
          expect(result()).toEqual({ partitionIndex: 0, errorCode: 0, timestamp, offset, leaderEpoch: 0 });
        }
      }
    },
  );

  test("many lookups of one request let others have their turn", async () => {
    const broker = await brokerWithBatch("gzip", 1_000_000);
    const partitions = Array.from({ length: 20 }, (_, partitionIndex) => ({ partitionIndex, timestamp: 0 }));
    const exchange = broker.send(listOffsets, LATEST, { replicaId: -1, topics: [{ name: "t", partitions }] });
    broker.runtime.clock.runUntilIdle();
    expect(exchange.response!.topics[0]!.partitions.map(({ partitionIndex }) => partitionIndex)).toEqual(
      partitions.map(({ partitionIndex }) => partitionIndex),
    );
  });

  test("a record larger than max.decompressed.message.bytes is an invalid one, as on Apache Kafka", async () => {
    const broker = await brokerWithBatch("zstd", 2_000);
    broker.partition("t").log!.updateConfig({ ...DEFAULT_LOG_CONFIG, "max.decompressed.message.bytes": 1_000 });
    expect(list(broker, 0)).toMatchObject({ errorCode: ErrorCode.INVALID_RECORD, offset: -1 });
  });

  test("bytes that cannot be decompressed are an error of the broker, and others are answered", async () => {
    const broker = await brokerWithBatch("lz4", 2_000);
    const { records } = broker.partition("t").log!.read(0, 1 << 20, { upToOffset: 5 });
    records!.file.write(new Uint8Array(20).fill(0xff), records!.position + 70);
    expect(list(broker, 0)).toMatchObject({ errorCode: ErrorCode.UNKNOWN_SERVER_ERROR, offset: -1 });
    expect(list(broker, -1)).toMatchObject({ errorCode: 0, offset: 5 });
  });

  test("of a log that is deleted while another thread is at work are found nowhere", async () => {
    const broker = await TestBroker.start({ compression });
    broker.createTopic("t", { config: { "max.message.bytes": 50_000_000 } });
    const records = [50, 10].map((timestamp) => ({ timestamp, key: null, value: new Uint8Array(5_000_000) }));
    const batch = buildBatch({ records, compression: "gzip" }, broker.runtime);
    broker.partition("t").appendRecordsToLeader(batch, 1);
    // The batch tells of a timestamp that only a deleted record has: the search goes on behind it.
    broker.partition("t").deleteRecords(1);
    const { exchange, result } = ask(broker, 40);
    expect(exchange.response).toBeUndefined();
    broker.deleteTopic("t");
    broker.runtime.clock.runUntilIdle();
    expect([exchange.disconnectReason, result()?.errorCode]).toEqual([undefined, ErrorCode.NOT_LEADER_OR_FOLLOWER]);
  });

  function ask(broker: TestBroker, timestamp: number) {
    const topics = [{ name: "t", partitions: [{ partitionIndex: 0, timestamp }] }];
    const exchange = broker.send(listOffsets, LATEST, { replicaId: -1, topics });
    return { exchange, result: () => exchange.response?.topics[0]?.partitions[0] };
  }
});
