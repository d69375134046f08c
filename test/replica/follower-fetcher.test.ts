import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { systemError } from "../../adapters/shared/system-error.ts";
import { ConnectionError } from "../../src/client/client-error.ts";
import { LeaderConnection } from "../../src/replica/fetcher/leader-connection.ts";
import { firstDifference, TestReplicas } from "./test-replicas.ts";

let cluster: TestReplicas;

beforeEach(async () => {
  cluster = await TestReplicas.start();
});

afterEach(() => cluster.close());

describe("a follower", () => {
  test("has byte for byte what its leader has, and learns the high watermark", async () => {
    cluster.createTopic("t", { replicas: [1, 2, 3], leader: 1 });
    for (let count = 1; count <= 20; count++) cluster.broker(1).append("t", count, { valueBytes: 100 * count });
    await cluster.run(20);
    const leader = cluster.log(1);
    expect(leader.logEndOffset).toBe(210);
    for (const id of [2, 3]) {
      expect(cluster.log(id).logEndOffset).toBe(210);
      expect(firstDifference(cluster.log(id), leader)).toBeUndefined();
      expect(cluster.log(id).epochEntries).toEqual(leader.epochEntries);
    }
    expect(leader.highWatermark).toBe(210);
    // The leader tells a new high watermark with the next data, or when the fetch has waited long enough.
    await cluster.run(600);
    expect([2, 3].map((id) => cluster.log(id).highWatermark)).toEqual([210, 210]);
  });

  test("asks for what a large step gives it when the step is applied, unless it leads by then", async () => {
    cluster.fetchersOf(2).hold();
    for (const name of ["t", "led"]) cluster.createTopic(name, { replicas: [1, 2], leader: 1 });
    cluster.broker(1).append("t");
    for (const id of [1, 2]) cluster.broker(id).changePartition("led", { leader: 2 });
    await cluster.run(100);
    expect(cluster.log(2).logEndOffset).toBe(0);
    cluster.fetchersOf(2).release();
    await cluster.run(100);
    expect(cluster.log(2).logEndOffset).toBe(1);
    expect([...cluster.fetchersOf(2).followed()].map(({ partition }) => partition.topic)).toEqual(["t"]);
  });

  test("gets new records as they come, without waiting", async () => {
    cluster.createTopic("t", { replicas: [1, 2], leader: 1 });
    await cluster.run(100);
    for (let offset = 1; offset <= 5; offset++) {
      cluster.broker(1).append("t");
      await cluster.run(10);
      expect([cluster.log(2).logEndOffset, cluster.log(1).highWatermark]).toEqual([offset, offset]);
    }
  });

  test("acknowledges what flush.messages wants on the disk when it is there, by its next fetch", async () => {
    cluster.createTopic("t", { replicas: [1, 2], leader: 1, config: { "flush.messages": 1 } });
    const synced = Promise.withResolvers<void>();
    cluster.log(2).segments[0]!.file.sync = () => synced.promise;
    cluster.broker(1).append("t");
    await cluster.run(600);
    expect([cluster.log(2).logEndOffset, cluster.log(1).highWatermark]).toEqual([1, 0]);
    synced.resolve();
    await cluster.run(100);
    expect(cluster.log(1).highWatermark).toBe(1);
  });

  test("replicates more than one answer holds, each partition in its turn", async () => {
    cluster.close();
    cluster = await TestReplicas.start(2, {
      "replica.fetch.max.bytes": 3_000,
      "replica.fetch.response.max.bytes": 5_000,
    });
    cluster.createTopic("t", { partitions: 4, replicas: [1, 2], leader: 1 });
    for (let index = 0; index < 4; index++) {
      for (let batch = 0; batch < 20; batch++) cluster.broker(1).append("t", 2, { valueBytes: 1_000, index });
    }
    await cluster.run(500);
    for (let index = 0; index < 4; index++) {
      expect(firstDifference(cluster.log(2, "t", index), cluster.log(1, "t", index))).toBeUndefined();
    }
  });

  test("follows the log start of its leader, though never beyond the high watermark", async () => {
    cluster.createTopic("t", { replicas: [1, 2], leader: 1 });
    cluster.broker(1).append("t", 1);
    cluster.broker(1).append("t", 1);
    await cluster.run(600);
    cluster.broker(1).partition("t").deleteRecords(1);
    await cluster.run(600);
    expect(cluster.log(2).logStartOffset).toBe(1);
    expect(cluster.broker(1).partition("t").lowWatermark).toBe(1);
  });

  test.each([
    ["at a batch", 10, 10],
    ["inside a batch, with the whole of it", 7, 0],
  ])("with a fresh log starts where its leader's log starts: %s", async (_, logStartOffset, firstOffset) => {
    cluster.createTopic("t", { replicas: [1, 2], leader: 1 });
    cluster.broker(1).append("t", 10);
    await cluster.run(600);
    cluster.log(1).roll();
    cluster.log(1).incrementLogStartOffset(logStartOffset);
    cluster.log(1).deleteSegmentsBelowLogStart();
    cluster.broker(1).append("t", 3);
    cluster.change("t", { replicas: [1, 2, 3] });
    await cluster.run(600);
    const log = cluster.log(3);
    expect([log.logStartOffset, log.logEndOffset]).toEqual([logStartOffset, 13]);
    expect(log.segments[0]!.baseOffset).toBe(firstOffset);
    expect(firstDifference(log, cluster.log(1))).toBeUndefined();
  });
});

describe("when the leader changes", () => {
  test("what only the old leader had is cut off, and the new history taken over", async () => {
    cluster.createTopic("t", { replicas: [1, 2, 3], leader: 1 });
    cluster.broker(1).append("t", 5);
    await cluster.run(600);
    await cluster.cutOff(1);
    cluster.broker(1).append("t", 3);
    cluster.broker(1).append("t", 4);
    cluster.change("t", { leader: 2, isr: [2, 3] }, [2, 3]);
    cluster.broker(2).append("t", 2, { valueBytes: 50 });
    await cluster.run(600);
    expect(firstDifference(cluster.log(3), cluster.log(2))).toBeUndefined();
    expect(cluster.log(1).logEndOffset).toBe(12);
    cluster.change("t", { leader: 2, leaderEpoch: 1, isr: [2, 3] }, [1]);
    await cluster.run(600);
    expect(firstDifference(cluster.log(1), cluster.log(2))).toBeUndefined();
    expect(cluster.log(1).epochEntries).toEqual([
      { epoch: 0, startOffset: 0 },
      { epoch: 1, startOffset: 5 },
    ]);
  });

  test("several rounds find the point at which two logs part", async () => {
    cluster.createTopic("t", { replicas: [1, 2], leader: 1 });
    cluster.broker(1).append("t", 2);
    await cluster.run(600);
    // Each of them leads epochs that the other has never heard of.
    cluster.change("t", { leader: 1, leaderEpoch: 3 }, [1]);
    cluster.broker(1).append("t", 3);
    cluster.change("t", { leader: 1, leaderEpoch: 5 }, [1]);
    cluster.broker(1).append("t", 3);
    cluster.change("t", { leader: 2, leaderEpoch: 4 }, [2]);
    cluster.broker(2).append("t", 4, { valueBytes: 77 });
    cluster.change("t", { leader: 2, leaderEpoch: 6, partitionEpoch: 9 });
    cluster.broker(2).append("t", 1);
    await cluster.run(600);
    expect(firstDifference(cluster.log(1), cluster.log(2))).toBeUndefined();
    expect(cluster.log(1).epochEntries).toEqual(cluster.log(2).epochEntries);
  });

  test("an unclean leader's shorter log is taken over, though records were committed", async () => {
    cluster.createTopic("t", { replicas: [1, 2], leader: 1 });
    cluster.broker(1).append("t", 4);
    await cluster.run(600);
    cluster.broker(2).partition("t").truncateTo(0);
    cluster.change("t", { leader: 2, isr: [2], leaderRecoveryState: 1 });
    await cluster.run(600);
    expect([cluster.log(1).logEndOffset, cluster.log(1).highWatermark]).toEqual([0, 0]);
  });

  test("followers that hear of it first keep asking until the leader has heard of it too", async () => {
    cluster.createTopic("t", { replicas: [1, 2, 3], leader: 1 });
    await cluster.run(600);
    cluster.change("t", { leader: 2 }, [1, 3]);
    await cluster.run(300);
    cluster.change("t", { leader: 2 }, [2]);
    cluster.broker(2).append("t", 2);
    await cluster.run(1_000);
    expect([1, 3].map((id) => cluster.log(id).logEndOffset)).toEqual([2, 2]);
  });
});

describe("when the leader cannot be reached", () => {
  test("the follower keeps trying, and goes on where it was", async () => {
    cluster.createTopic("t", { replicas: [1, 2], leader: 1 });
    cluster.broker(1).append("t", 2);
    await cluster.run(600);
    await cluster.cutOff(1);
    cluster.broker(1).append("t", 2);
    await cluster.run(10_000);
    expect(cluster.log(2).logEndOffset).toBe(2);
    await cluster.serve(cluster.broker(1));
    await cluster.run(1_100);
    expect(cluster.log(2).logEndOffset).toBe(4);
    const told = cluster.broker(2).runtime.log.lines.filter(({ line }) => line.startsWith("Fetching from broker 1"));
    expect(told.map(({ level }) => level)).toEqual(["warn", "info"]);
  });
});

describe("a follower whose leader's log does not reach to its own end", () => {
  /** The leader has heard of less than it has acknowledged: an unclean election. */
  async function outOfRange(): Promise<Error[]> {
    const fatal: Error[] = [];
    const { runtime } = cluster.broker(2);
    runtime.fatal = (error) => {
      fatal.push(error);
      return undefined as never;
    };
    cluster.createTopic("t", { replicas: [1, 2], leader: 1 });
    cluster.broker(1).append("t", 4);
    await cluster.run(600);
    cluster.broker(1).partition("t").truncateFullyAndStartAt(0);
    return fatal;
  }

  test("follows it there, and asks again when the leader could not be asked for its end", async () => {
    const fatal = await outOfRange();
    const listOffset = vi.spyOn(LeaderConnection.prototype, "listOffset");
    listOffset.mockRejectedValue(new ConnectionError("lost"));
    await cluster.run(600);
    expect([cluster.log(2).logEndOffset, fatal]).toEqual([4, []]);
    listOffset.mockRestore();
    await cluster.run(2_000);
    expect([cluster.log(2).logEndOffset, fatal]).toEqual([0, []]);
  });

  test("does not take a mistake of its own for a fault of the network", async () => {
    const fatal = await outOfRange();
    cluster.broker(2).partition("t").truncateTo = () => {
      throw new TypeError("a mistake");
    };
    await cluster.run(600);
    expect(fatal.map(({ message }) => message)).toEqual(["a mistake"]);
  });

  test("rests when, by what the leader tells of its log, nothing is wrong", async () => {
    cluster.createTopic("t", { replicas: [1, 2], leader: 1 });
    cluster.broker(1).append("t", 4);
    await cluster.run(600);
    const listOffset = vi.spyOn(LeaderConnection.prototype, "listOffset");
    // Of an epoch of which the leader has never heard.
    cluster.log(2).assignEpochStartOffset(9, 4);
    cluster.change("t", { leader: 1 });
    await cluster.run(10_000);
    expect(listOffset.mock.calls.length).toBeGreaterThan(10);
    expect(listOffset.mock.calls.length).toBeLessThan(40);
    listOffset.mockRestore();
    cluster.change("t", { leader: 1, leaderEpoch: 10 });
    cluster.broker(1).append("t");
    await cluster.run(600);
    expect(firstDifference(cluster.log(2), cluster.log(1))).toBeUndefined();
  });
});

describe("a follower whose log has no epochs", () => {
  beforeEach(async () => {
    cluster.close();
    cluster = await TestReplicas.start(2, {}, ["/d1", "/d2"]);
    for (const [name, path] of [
      ["t", "/d1"],
      ["u", "/d2"],
    ] as const) {
      cluster.broker(2).logs.preferDirectory(name, 0, path);
      cluster.createTopic(name, { replicas: [1, 2], leader: 1 });
      cluster.log(2, name).appendAsFollower(cluster.broker(2).batch(3));
    }
    expect(cluster.log(2)).toMatchObject({ latestEpoch: -1, logEndOffset: 3, highWatermark: 0 });
  });

  test("keeps only what is committed", async () => {
    cluster.change("t", { leader: 1 });
    expect(cluster.log(2).logEndOffset).toBe(0);
    cluster.broker(1).append("t", 2);
    await cluster.run(600);
    expect(firstDifference(cluster.log(2), cluster.log(1))).toBeUndefined();
  });

  test("keeps only that also when the disk stalls just then: it is done, and asked for more, when the disk answers", async () => {
    const partition = cluster.broker(2).partition("t");
    const { truncateTo } = partition;
    partition.truncateTo = () => {
      throw systemError("EAGAIN", "the file system does not answer");
    };
    cluster.change("t", { leader: 1 });
    cluster.broker(1).append("t", 2);
    await cluster.run(3_000);
    expect([cluster.log(2).logEndOffset, cluster.log(2).latestEpoch]).toEqual([3, -1]);
    partition.truncateTo = truncateTo;
    await cluster.run(2_000);
    expect(firstDifference(cluster.log(2), cluster.log(1))).toBeUndefined();
  });

  test("loses its directory, and nothing else, when the disk fails just then", async () => {
    const file = cluster.log(2).segments[0]!.file;
    file.truncate = () => {
      throw systemError("EIO", "truncate");
    };
    cluster.change("t", { leader: 1 });
    cluster.change("u", { leader: 1 });
    expect(cluster.broker(2).logs.logDirs).toEqual(["/d2"]);
    expect(cluster.broker(2).partition("t").isOffline).toBe(true);
    cluster.broker(1).append("u", 2);
    await cluster.run(600);
    expect(cluster.log(2, "u").logEndOffset).toBe(2);
    expect([...cluster.fetchersOf(2).followed()].map(({ partition }) => partition.topic)).toEqual(["u"]);
  });
});

test("partitions that come and go do not disturb the session of the others", async () => {
  cluster.createTopic("t", { replicas: [1, 2], leader: 1 });
  await cluster.run(600);
  cluster.createTopic("u", { replicas: [1, 2], leader: 1 });
  await cluster.run(600);
  cluster.broker(1).append("t", 1);
  cluster.broker(1).append("u", 1);
  await cluster.run(600);
  for (const id of [1, 2]) cluster.broker(id).deleteTopic("u");
  await cluster.run(600);
  cluster.broker(1).append("t", 1);
  await cluster.run(600);
  expect(cluster.log(2).logEndOffset).toBe(2);
  expect([...cluster.fetchersOf(2).followed()].map(({ partition, lag }) => [partition.topic, lag])).toEqual([["t", 0]]);
});

test("a partition that fails leaves the others alone, and comes back", async () => {
  cluster.createTopic("t", { replicas: [1, 2], leader: 1 });
  cluster.createTopic("u", { replicas: [1, 2], leader: 1 });
  await cluster.run(600);
  cluster.broker(1).changePartition("u", { leader: 3, leaderEpoch: 0 });
  cluster.broker(1).append("t", 1);
  await cluster.run(600);
  expect(cluster.log(2, "t").logEndOffset).toBe(1);
  cluster.broker(1).changePartition("u", { leader: 1, leaderEpoch: 0 });
  cluster.broker(1).append("u", 1);
  await cluster.run(1_100);
  expect(cluster.log(2, "u").logEndOffset).toBe(1);
});
