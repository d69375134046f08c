import { beforeEach, describe, expect, test } from "vitest";
import { describeLogDirs } from "../../../src/api/describe-log-dirs.ts";
import { ErrorCode } from "../../../src/protocol/error-codes.ts";
import type { FileSystem } from "../../../src/runtime.ts";
import { DirectoriesBroker, IDS, upTo } from "./directories-broker.ts";

let node: DirectoriesBroker;

beforeEach(async () => {
  node = await DirectoriesBroker.start();
});

describe("a partition that moves", () => {
  test("is copied, the controller is told, and then it is in the other directory", async () => {
    node.createTopic(100);
    const before = node.log();
    expect(node.alter("/d2")).toEqual([ErrorCode.NONE]);
    await node.run(100);
    expect([node.directoryOf(), node.future()?.logEndOffset, node.told]).toEqual(["/d1", 100, ["/d2"]]);
    node.accept();
    await node.run(100);
    const after = node.log();
    expect([node.directoryOf(), node.future(), after === before]).toEqual(["/d2", undefined, false]);
    expect(node.offsets()).toEqual(upTo(100));
    expect(after.highWatermark).toBe(before.highWatermark);
    node.append("t", 5);
    expect(node.offsets()).toEqual(upTo(105));
    expect(node.filesOf("t", "/d1").length).toBe(1);
    await node.run(60_000);
    expect(node.filesOf("t", "/d1")).toEqual([]);
  });

  test("is written all the time: nothing is lost, nothing twice", async () => {
    node.createTopic(30);
    node.moveSlowly();
    node.alter("/d2");
    for (let step = 0; step < 40; step++) {
      node.append();
      await node.run(step % 3 === 0 ? 500 : 0);
      if (step === 20) node.moveAtFullSpeed();
      if (step === 30) node.accept();
    }
    await node.run(200);
    expect([node.directoryOf(), node.offsets()]).toEqual(["/d2", upTo(70)]);
  });

  test("keeps waiting readers: what comes after the move wakes them", async () => {
    node.createTopic(3);
    node.alter("/d2");
    await node.run(100);
    let answered = false;
    const partition = node.broker.partition("t");
    partition.waiters.committed.add({
      requiredOffset: 4,
      settled: () => {
        answered = true;
      },
    });
    node.accept();
    await node.run(100);
    expect([node.directoryOf(), answered]).toEqual(["/d2", false]);
    node.append();
    expect(answered).toBe(true);
  });

  test("keeps the producers' last batches, and epochs in which nothing was written", async () => {
    node.createTopic(20);
    node.broker.changePartition("t", { leader: 1 });
    node.broker.changePartition("t", { leader: 1 });
    node.alter("/d2");
    await node.run(100);
    node.accept();
    await node.run(100);
    const { log } = node.broker.partition("t");
    expect(log!.epochEntries).toEqual([
      { epoch: 0, startOffset: 0 },
      { epoch: 2, startOffset: 20 },
    ]);
    for (const baseSequence of [15, 19]) {
      const batch = node.broker.batch(1, { valueBytes: 30, producerId: 5, producerEpoch: 0, baseSequence });
      expect(node.broker.partition("t").appendRecordsToLeader(batch, 1)).toMatchObject({
        duplicate: true,
        firstOffset: baseSequence,
      });
    }
  });

  test("is as much on the disk there as it was here", async () => {
    node.createTopic(50);
    await node.log().flush();
    node.alter("/d2");
    await node.run(100);
    node.append("t", 10);
    await node.log().flush();
    node.accept();
    await node.run(100);
    expect([node.directoryOf(), node.log().recoveryPoint]).toEqual(["/d2", 60]);
  });

  test("with flush.messages=1 loses nothing acknowledged to a power cut, however much is written", async () => {
    node.createTopic(20, "t", { "flush.messages": 1 });
    await node.run(10);
    node.alter("/d2");
    let acknowledged = 0;
    for (let step = 0; node.directoryOf() === "/d1"; step++) {
      expect(step).toBeLessThan(200);
      node.append();
      // Between two turns of the loop only a part of what a flush needs is done.
      for (let turn = 0; turn < 1 + (step % 5); turn++) await Promise.resolve();
      if (step % 7 === 0) await node.run(1);
      if (step > 20) node.accept();
      acknowledged = Math.max(acknowledged, node.log().highWatermark);
    }
    expect(acknowledged).toBeGreaterThan(30);
    await node.runtime.files.syncDirectory("/d2");
    node.assigned = "/d2";
    await node.restart(({ files }) => files.crash());
    node.broker.createTopic("t");
    expect(node.directoryOf()).toBe("/d2");
    expect(node.log().logEndOffset).toBeGreaterThanOrEqual(acknowledged);
    expect(node.offsets()).toEqual(upTo(node.log().logEndOffset));
  });

  test("back to where it was is copied when the disk has forgotten what was there", async () => {
    node.createTopic(20);
    node.alter("/d2");
    await node.run(100);
    node.accept();
    await node.run(100);
    const { syncDirectory } = node.runtime.files;
    const waiting: (() => void)[] = [];
    node.runtime.files.syncDirectory = async (path) => {
      if (path === "/d2") await new Promise<void>((resolve) => waiting.push(resolve));
      return syncDirectory.call(node.runtime.files, path);
    };
    node.alter("/d1");
    await node.run(100);
    node.accept();
    await node.run(100);
    expect(node.directoryOf()).toBe("/d1");
    node.alter("/d2");
    await node.run(100);
    expect(node.future()!.logEndOffset).toBe(0);
    while (node.future()?.logEndOffset === 0) {
      for (const resume of waiting.splice(0)) resume();
      await node.run(0);
    }
    expect(node.future()!.logEndOffset).toBe(20);
  });

  test("may end with offsets of which an older cleaner has left no batch", async () => {
    node.createTopic(20);
    node.log().roll(25);
    await node.restart();
    node.broker.createTopic("t");
    expect(node.log().logEndOffset).toBe(25);
    node.alter("/d2");
    await node.run(100);
    expect(node.future()!.logEndOffset).toBe(25);
    node.accept();
    await node.run(100);
    node.broker.partition("t").appendRecordsToLeader(node.broker.batch(1, { valueBytes: 30 }), 1);
    expect(node.directoryOf()).toBe("/d2");
    expect(node.offsets()).toEqual([...upTo(20), 25]);
  });

  test("is told by DescribeLogDirs in both directories, with what is still to be copied", async () => {
    node.createTopic(10);
    node.moveSlowly();
    node.alter("/d2");
    await node.run(0);
    const describe = () =>
      node.broker
        .send(describeLogDirs, 4, { topics: null })
        .response!.results.map(({ logDir, topics }) => [logDir, topics[0]?.partitions[0]]);
    const copied = node.future()!.logEndOffset;
    expect(copied).toBeLessThan(10);
    expect(describe()).toEqual([
      ["/d1", { partitionIndex: 0, partitionSize: node.log().sizeBytes, offsetLag: 0, isFutureKey: false }],
      [
        "/d2",
        { partitionIndex: 0, partitionSize: node.future()!.sizeBytes, offsetLag: 10 - copied, isFutureKey: true },
      ],
      ["/d3", undefined],
    ]);
  });

  test("is held to the rate", async () => {
    node.createTopic(200);
    const bytes = node.log().sizeBytes;
    node.broker.moveQuota.boundBytesPerSecond = bytes / 40;
    node.alter("/d2");
    await node.run(10_000);
    expect(node.future()!.sizeBytes).toBeGreaterThan(bytes / 10);
    expect(node.future()!.sizeBytes).toBeLessThan(bytes / 2);
    await node.run(50_000);
    expect(node.future()!.logEndOffset).toBe(200);
  });

  test("waits for its turn, by name, when too many move", async () => {
    for (const name of ["b", "c", "a"]) node.createTopic(10, name);
    node.moveSlowly();
    for (const name of ["c", "b", "a"]) node.alter("/d2", name);
    await node.run(5_000);
    expect([node.future("a")!.logEndOffset, node.future("b")!.logEndOffset]).toEqual([0, 0]);
    expect(node.future("c")!.logEndOffset).toBeGreaterThan(0);
    node.moveAtFullSpeed();
    await node.run(100);
    node.accept();
    await node.run(100);
    expect([node.directoryOf("c"), node.future("a")!.logEndOffset, node.future("b")!.logEndOffset]).toEqual([
      "/d2",
      10,
      0,
    ]);
  });
});

describe("a move ends", () => {
  test("when the partition is to stay after all; the controller is told when it had heard of it", async () => {
    node.createTopic(10);
    node.moveSlowly();
    node.alter("/d2");
    await node.run(0);
    expect(node.alter("/d1")).toEqual([ErrorCode.NONE]);
    expect([node.future(), node.told]).toEqual([undefined, []]);
    node.moveAtFullSpeed();
    node.alter("/d2");
    await node.run(100);
    expect(node.told).toEqual(["/d2"]);
    const [late] = node.broker.assignments;
    node.alter("/d1");
    expect([node.future(), node.told]).toEqual([undefined, ["/d2", "/d1"]]);
    late!.accepted();
    await node.run(100);
    expect([node.directoryOf(), node.offsets()]).toEqual(["/d1", upTo(10)]);
  });

  test("when it is to go to a third directory", async () => {
    node.createTopic(10);
    node.alter("/d2");
    await node.run(100);
    expect(node.alter("/d3")).toEqual([ErrorCode.NONE]);
    await node.run(100);
    expect(node.told).toEqual(["/d2", "/d1", "/d3"]);
    node.accept();
    await node.run(100);
    expect([node.directoryOf(), node.offsets()]).toEqual(["/d3", upTo(10)]);
    await node.run(60_000);
    expect(node.filesOf("t", "/d1", "/d2")).toEqual([]);
  });

  test("when the topic is deleted, in every phase", async () => {
    for (const phase of ["copying", "announced"] as const) {
      node.createTopic(10);
      if (phase === "copying") node.moveSlowly();
      node.alter("/d2");
      await node.run(100);
      node.broker.deleteTopic("t");
      node.moveAtFullSpeed();
      node.accept();
      await node.run(60_000);
      expect([node.future(), [...node.broker.logs.logs()]]).toEqual([undefined, []]);
      expect(node.filesOf("t", ...Object.keys(IDS))).toEqual([]);
    }
  });

  test("when the other directory fails: the partition stays, and the controller hears it", async () => {
    node.createTopic(10);
    node.alter("/d2");
    await node.run(100);
    expect(node.told).toEqual(["/d2"]);
    node.failWrites("/d2");
    node.append();
    node.accept();
    await node.run(100);
    expect(node.broker.logs.logDirs).toEqual(["/d1", "/d3"]);
    expect([node.directoryOf(), node.future(), node.told]).toEqual(["/d1", undefined, ["/d1"]]);
    node.append();
    expect(node.offsets()).toEqual(upTo(12));
    expect(node.alter("/d2")).toEqual([ErrorCode.KAFKA_STORAGE_ERROR]);
    expect(node.alter("/d3")).toEqual([ErrorCode.KAFKA_STORAGE_ERROR]);
    expect(node.alter("/d1")).toEqual([ErrorCode.NONE]);
  });

  test("when its own directory fails: the partition is offline, the copy is kept for the next start", async () => {
    node.createTopic(10);
    node.alter("/d2");
    await node.run(100);
    node.failWrites("/d1");
    expect(() => node.append()).toThrow();
    await node.run(100);
    expect([node.broker.partition("t").isOffline, node.broker.logs.logDirs]).toEqual([true, ["/d2", "/d3"]]);
    expect(node.future()!.logEndOffset).toBe(10);
    expect(node.alter("/d3")).toEqual([ErrorCode.KAFKA_STORAGE_ERROR]);
  });
});

describe("the controller is told where a replica is", () => {
  test("when the metadata does not say it, and not when it does", async () => {
    node.broker.logs.preferDirectory("t", 0, "/d3");
    node.broker.createTopic("t");
    expect(node.told).toEqual(["/d3"]);
    node.broker.changePartition("t", { directories: [IDS["/d3"]!] });
    expect(node.told).toEqual(["/d3"]);
    node.broker.changePartition("t", { directories: [IDS["/d1"]!] });
    expect(node.told).toEqual(["/d3", "/d3"]);
  });

  test("not while it waits to be where it has been told to go: the newest word counts, and nobody would wait for it", async () => {
    node.createTopic(10);
    node.alter("/d2");
    await node.run(100);
    node.broker.changePartition("t", { directories: [IDS["/d3"]!] });
    expect(node.told).toEqual(["/d2"]);
    node.accept();
    await node.run(100);
    expect([node.directoryOf(), node.told]).toEqual(["/d2", []]);
  });

  test("once, while it moves to where the metadata has it by then", async () => {
    node.createTopic(10);
    node.alter("/d2");
    await node.run(100);
    node.broker.changePartition("t", { directories: [IDS["/d2"]!] });
    expect(node.told).toEqual(["/d2"]);
    node.accept();
    await node.run(100);
    expect([node.directoryOf(), node.told]).toEqual(["/d2", []]);
  });
});

describe("a request is refused", () => {
  test.each([
    ["a directory that is not configured", "/nowhere", "t", ErrorCode.LOG_DIR_NOT_FOUND],
    ["a topic whose name leaves no room", "/d2", "x".repeat(249), ErrorCode.INVALID_TOPIC_EXCEPTION],
    ["a topic that nobody knows", "/d2", "unknown", ErrorCode.UNKNOWN_TOPIC_OR_PARTITION],
    ["a partition that is elsewhere", "/d2", "elsewhere", ErrorCode.REPLICA_NOT_AVAILABLE],
  ])("for %s", async (_, path, topic, errorCode) => {
    node.createTopic(1);
    node.broker.createTopic("elsewhere", { replicas: [2], leader: 2 });
    expect(node.alter(path, topic)).toEqual([errorCode]);
  });

  test("for a directory by another path than its absolute one", () => {
    node.createTopic(1);
    const files: FileSystem = node.broker.runtime.files;
    files.absolute = (path) => `/srv${path}`;
    expect(node.alter("/d2")).toEqual([ErrorCode.LOG_DIR_NOT_FOUND]);
    expect(node.alter("/srv/d2")).toEqual([ErrorCode.NONE]);
  });

  test("for one partition, and done for the others; to where it is, nothing happens", async () => {
    node.createTopic(1);
    expect(node.alter("/d1", "t", [0, 7])).toEqual([ErrorCode.NONE, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION]);
    expect(node.future()).toBeUndefined();
  });

  test("for a partition that is to come, which then goes there", async () => {
    expect(node.alter("/d3", "later")).toEqual([ErrorCode.UNKNOWN_TOPIC_OR_PARTITION]);
    node.broker.createTopic("later");
    expect(node.directoryOf("later")).toBe("/d3");
  });
});
