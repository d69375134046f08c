import { expect, test } from "vitest";
import { fetch } from "../../src/api/fetch.ts";
import { produce } from "../../src/api/produce.ts";
import { ErrorCode } from "../../src/protocol/error-codes.ts";
import { LOG_DIR, TestBroker, topicId } from "../api/test-broker.ts";

function directories(broker: TestBroker): string[] {
  const entries = broker.runtime.files.list(LOG_DIR);
  return entries.filter(({ kind }) => kind === "directory").map(({ name }) => name);
}

test("only partitions with a replica here get a log", async () => {
  const broker = await TestBroker.start();
  broker.createTopic("here", { partitions: 2 });
  broker.createTopic("there", { replicas: [2, 3], leader: 2 });
  broker.runtime.clock.advance(1_000);
  expect(directories(broker).sort()).toEqual(["here-0", "here-1"]);
  expect([...broker.replicas.partitions()].length).toBe(2);
  expect(broker.replicas.missingErrorCode("there", 0)).toBe(ErrorCode.NOT_LEADER_OR_FOLLOWER);
  expect(broker.replicas.missingErrorCode("there", 1)).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
});

test("of a large step, requests are served in between: some partitions are there, and the others come later", async () => {
  const broker = await TestBroker.start();
  const seen: { hosted: number; missing: number; removed: number }[] = [];
  broker.betweenSlices = () =>
    seen.push({
      hosted: [...broker.replicas.partitions()].length,
      missing: broker.replicas.missingErrorCode("large", 599),
      removed: broker.replicas.missingErrorCode("large", 600),
    });
  broker.createTopic("large", { partitions: 600 });
  const [missing, removed] = [ErrorCode.NOT_LEADER_OR_FOLLOWER, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION];
  expect(seen).toEqual([256, 512].map((hosted) => ({ hosted, missing, removed })));
  expect(broker.partition("large", 599).isLeader).toBe(true);
  seen.length = 0;
  broker.deleteTopic("large");
  expect(seen.map(({ hosted }) => hosted)).toEqual([344, 88]);
  expect([...broker.replicas.partitions()]).toEqual([]);
});

test("settings of many partitions change in slices, too", async () => {
  const broker = await TestBroker.start();
  broker.createTopic("large", { partitions: 600 });
  const configs = [{ type: 4, name: "" }];
  const slices = broker.replicas.applyMetadata(
    { topics: new Map(), brokers: new Set<number>(), configs },
    broker.services.metadata(),
  );
  expect([...slices].length).toBeGreaterThanOrEqual(2);
});

test("a deleted topic's directory is renamed at once, and its name can be used again", async () => {
  const broker = await TestBroker.start();
  broker.createTopic("t");
  broker.append("t", 5);
  broker.deleteTopic("t");
  expect(broker.replicas.partition("t", 0)).toBeUndefined();
  expect(directories(broker).every((name) => name.endsWith("-delete"))).toBe(true);
  broker.createTopic("t", { id: topicId("again") });
  expect(broker.partition("t").log?.logEndOffset).toBe(0);
  expect(broker.replicas.partitionById(topicId("t"), 0)).toBeUndefined();
});

test("a replica that moves to another broker is deleted here", async () => {
  const broker = await TestBroker.start();
  broker.createTopic("t", { partitions: 2 });
  broker.changePartition("t", { replicas: [2], isr: [2], leader: 2 });
  expect(broker.replicas.partition("t", 0)).toBeUndefined();
  expect(broker.replicas.partition("t", 1)).toBeDefined();
});

test("listeners hear of leaderships won and lost, each epoch once", async () => {
  const broker = await TestBroker.start();
  const heard: string[] = [];
  broker.replicas.addLeadershipListener({
    becameLeader: (partition) => void heard.push(`leader of ${partition.topic} in ${partition.leaderEpoch}`),
    becameFollower: (partition) => void heard.push(`follower in ${partition.leaderEpoch}`),
    stopped: (partition) => void heard.push(`stopped ${partition.topic}`),
  });
  broker.createTopic("t", { replicas: [1, 2] });
  broker.changePartition("t", { isr: [1] });
  broker.changePartition("t", { leader: 2 });
  broker.changePartition("t", { leader: 1 });
  broker.deleteTopic("t");
  expect(heard).toEqual(["leader of t in 0", "follower in 1", "leader of t in 2", "stopped t"]);
});

test("a failed log directory takes its partitions out of service, nothing else", async () => {
  const broker = await TestBroker.start();
  broker.createTopic("bad");
  broker.createTopic("good");
  broker.replicas.handleLogDirFailure([broker.partition("bad").log!]);
  const errorOf = (topic: string) => {
    const partitionData = [{ index: 0, records: broker.batch() }];
    const topicData = [{ name: topic, partitionData }];
    const { response } = broker.send(produce, 9, { acks: 1, timeoutMs: 0, topicData });
    return response?.responses[0]?.partitionResponses[0]?.errorCode;
  };
  expect(errorOf("bad")).toBe(ErrorCode.KAFKA_STORAGE_ERROR);
  expect(errorOf("good")).toBe(0);
});

test("an answer that leads to the next append on the same partition wakes the next reader too", async () => {
  const broker = await TestBroker.start();
  broker.createTopic("t", { replicas: [1, 2] });
  broker.append("t");
  const partition = broker.partition("t");
  const offsets: number[] = [];
  partition.waiters.committed.add({
    requiredOffset: 1,
    settled: () => {
      broker.append("t");
      partition.waiters.committed.add({
        requiredOffset: 2,
        settled: () => void offsets.push(partition.highWatermark),
      });
      partition.followerFetched(2, 200, 2, 0);
    },
  });
  partition.followerFetched(2, 200, 1, 0);
  expect(offsets).toEqual([2]);
});

/** A consumer of partition 0 that waits for more than there is. */
function waitingFetch(broker: TestBroker, topic: string, maxWaitMs = 30_000) {
  const partitions = [{ partition: 0, fetchOffset: 1, partitionMaxBytes: 1_000 }];
  const topics = [{ topic, topicId: topicId(topic), partitions }];
  return broker.send(fetch, 12, { maxWaitMs, minBytes: 1, maxBytes: 1_000, topics });
}

test("a waiter that throws does not keep those of other partitions, nor the readers, waiting", async () => {
  const broker = await TestBroker.start();
  const settled: string[] = [];
  for (const topic of ["a", "b"]) {
    broker.createTopic(topic);
    broker.append(topic);
  }
  const failing = { requiredOffset: 2, settled: () => void fail("a waiter failed") };
  const good = (name: string) => ({ requiredOffset: 2, settled: () => void settled.push(name) });
  broker.partition("a").waiters.committed.add(failing);
  broker.partition("a").waiters.committed.add(good("a"));
  broker.partition("b").waiters.committed.add(good("b"));
  const readers = ["a", "b"].map((topic) => waitingFetch(broker, topic));
  const appends = () => ["a", "b"].forEach((topic) => void broker.append(topic));
  expect(() => broker.replicas.batch(appends)).toThrow("a waiter failed");
  expect(settled).toEqual(["a", "b"]);
  expect(readers.map(({ response }) => response?.responses[0]?.partitions[0]?.errorCode)).toEqual([0, 0]);
  const next = ["a", "b"].map((topic) => {
    broker
      .partition(topic)
      .waiters.committed.add({ requiredOffset: 3, settled: () => void settled.push(`${topic} again`) });
    return broker.append(topic);
  });
  expect(next).toHaveLength(2);
  expect(settled).toEqual(["a", "b", "a again", "b again"]);
});

test("a closed one forgets who waits: no answer comes, and no timer is left", async () => {
  const broker = await TestBroker.start();
  broker.createTopic("t", { replicas: [1, 2] });
  broker.append("t");
  const timers = countTimers(broker.runtime.clock);
  const reader = waitingFetch(broker, "t");
  const partitionData = [{ index: 0, records: broker.batch() }];
  const writer = broker.send(produce, 9, { acks: -1, timeoutMs: 9_000, topicData: [{ name: "t", partitionData }] });
  expect(timers.size).toBe(2);
  broker.replicas.close();
  expect(timers.size).toBe(0);
  broker.partition("t").followerFetched(2, 200, 2, 0);
  expect([reader.response, writer.response]).toEqual([undefined, undefined]);
});

test("nor is one left of a session's fetch that no partition has something new for", async () => {
  const broker = await TestBroker.start();
  broker.createTopic("t");
  const timers = countTimers(broker.runtime.clock);
  const topics = [{ topic: "t", partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1_000 }] }];
  const opened = broker.send(fetch, 11, { maxWaitMs: 0, minBytes: 1, sessionEpoch: 0, topics });
  const { sessionId } = opened.response!;
  const waiting = broker.send(fetch, 11, { maxWaitMs: 9_000, minBytes: 1, sessionId, sessionEpoch: 1, topics: [] });
  expect(timers.size).toBe(1);
  broker.replicas.close();
  expect(timers.size).toBe(0);
  expect(waiting.response).toBeUndefined();
});

/** The timers set from now on that have neither run nor been cancelled. */
function countTimers(clock: TestBroker["runtime"]["clock"]): ReadonlySet<object> {
  const timers = new Set<object>();
  const schedule = clock.schedule.bind(clock);
  clock.schedule = (delayMs, task) => {
    const timer = {};
    timers.add(timer);
    const cancel = schedule(delayMs, () => {
      timers.delete(timer);
      task();
    });
    return () => {
      timers.delete(timer);
      cancel();
    };
  };
  return timers;
}

function fail(message: string): never {
  throw new Error(message);
}
