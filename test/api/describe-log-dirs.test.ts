import { expect, test } from "vitest";
import { describeLogDirs } from "../../src/api/describe-log-dirs.ts";
import { ErrorCode } from "../../src/protocol/error-codes.ts";
import type { FileSystem } from "../../src/runtime.ts";
import { LOG_DIR, TestBroker } from "./test-broker.ts";

async function brokerWithTopics(): Promise<TestBroker> {
  const broker = await TestBroker.start();
  broker.createTopic("a", { partitions: 2 });
  broker.createTopic("b");
  broker.append("b", 3);
  return broker;
}

type Asked = { topic: string; partitions: number[] }[] | null;

function ask(broker: TestBroker, topics: Asked, version: number) {
  return broker.send(describeLogDirs, version, { topics }).response;
}

test.each([1, 2, 3, 4, 5])("version %i tells the sizes of all partitions", async (version) => {
  const broker = await brokerWithTopics();
  const response = ask(broker, null, version);
  expect(response?.errorCode).toBe(0);
  const [directory] = response!.results;
  const { totalBytes, usableBytes } = broker.runtime.files.diskSpace(LOG_DIR);
  expect(directory).toMatchObject({
    errorCode: 0,
    logDir: LOG_DIR,
    totalBytes: version >= 4 ? totalBytes : -1,
    usableBytes: version >= 4 ? usableBytes : -1,
    isCordoned: false,
  });
  const sizes = directory?.topics.map(({ name, partitions }) => [name, partitions.map((p) => p.partitionSize)]);
  expect(new Map(sizes as [string, number[]][])).toEqual(
    new Map([
      ["a", [0, 0]],
      ["b", [broker.partition("b").log?.sizeBytes]],
    ]),
  );
  expect(broker.partition("b").log?.sizeBytes).toBeGreaterThan(61);
});

test("a directory that is out of use is told with an error", async () => {
  const broker = await brokerWithTopics();
  const failed = ask(broker, null, 5)?.results[1];
  expect(failed).toMatchObject({ errorCode: ErrorCode.KAFKA_STORAGE_ERROR, logDir: "/failed", topics: [] });
});

test("only what is asked for is told", async () => {
  const broker = await brokerWithTopics();
  const results = ask(broker, [{ topic: "a", partitions: [1, 5] }], 5)?.results;
  const partition = { partitionIndex: 1, partitionSize: 0, offsetLag: 0, isFutureKey: false };
  expect(results?.map(({ topics }) => topics)).toEqual([[{ name: "a", partitions: [partition] }], []]);
  expect(ask(broker, [], 5)?.results.map(({ topics }) => topics)).toEqual([[], []]);
});

test("directories are told by their absolute paths", async () => {
  const broker = await brokerWithTopics();
  const files: FileSystem = broker.runtime.files;
  files.absolute = (path) => `/srv${path}`;
  expect(ask(broker, null, 5)?.results.map(({ logDir }) => logDir)).toEqual([`/srv${LOG_DIR}`, "/srv/failed"]);
});
