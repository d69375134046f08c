import { describe, expect, test } from "vitest";
import { SeededRandom } from "../../adapters/simulator/index.ts";
import { fetch } from "../../src/api/fetch.ts";
import { batchOffsets, TestBroker, topicId } from "../api/test-broker.ts";
import { ChangingTopics } from "./changing-topics.ts";
import { SessionBesideFullFetch } from "./session-beside-full-fetch.ts";

const STEPS = 400;

describe("a session that looks at what has changed says what a full fetch would", () => {
  test.each(Array.from({ length: 40 }, (_, index) => index + 1))("seed %i", async (seed) => {
    const random = new SeededRandom(seed);
    const broker = await TestBroker.start();
    const topics = new ChangingTopics(broker, random);
    const sessions = [10, 12, 13, 18].map((version) => new SessionBesideFullFetch(broker, topics, random, version));
    for (let step = 0; step < STEPS; step++) {
      if (random.integer(3) === 0) sessions[random.integer(sessions.length)]!.poll();
      else if (random.integer(8) === 0) await broker.runtime.clock.advanceWithPromises(random.integer(700));
      else topics.step();
      for (const session of sessions) session.check();
    }
    // It would say nothing about sessions that look at everything.
    expect(sessions.reduce((sum, { settledCount }) => sum + settledCount, 0)).toBeGreaterThan(50);
  });
});

describe("a session that has been told everything", () => {
  const COUNT = 100;
  const all = Array.from({ length: COUNT }, (_, partition) => ({
    partition,
    fetchOffset: 0,
    partitionMaxBytes: 1_000,
  }));
  const ask = { maxWaitMs: 0, minBytes: 1, topics: [] };

  /** Of all partitions of "t". */
  async function openSession() {
    const broker = await TestBroker.start();
    broker.createTopic("t", { partitions: COUNT });
    const open = (size = COUNT) => {
      const topics = [{ topicId: topicId("t"), partitions: all.slice(0, size) }];
      const { response } = broker.send(fetch, 18, { ...ask, sessionEpoch: 0, topics });
      return broker.replicas.fetchSessions.get(response!.sessionId);
    };
    const isListed = () => all.some(({ partition }) => broker.partition("t", partition).settledFetches.first !== null);
    return { broker, open, isListed };
  }

  test("looks at what has changed only", async () => {
    const { broker, open } = await openSession();
    const session = open()!;
    expect([...session.toRead()]).toEqual([]);
    broker.append("t", 1, { index: 7 });
    broker.append("t", 1, { index: 3 });
    broker.append("t", 1, { index: 7 });
    expect([...session.toRead()].map(({ index }) => index)).toEqual([3, 7]);
    const { response } = broker.send(fetch, 18, { ...ask, sessionId: session.id, sessionEpoch: 1 });
    const told = response!.responses.flatMap(({ partitions }) => partitions);
    expect(told.map(({ partitionIndex, records }) => [partitionIndex, batchOffsets(records)])).toEqual([
      [3, [0]],
      [7, [0, 1]],
    ]);
  });

  test("is listed at no partition once it is closed", async () => {
    const { broker, open, isListed } = await openSession();
    const session = open()!;
    expect(isListed()).toBe(true);
    broker.send(fetch, 18, { ...ask, sessionId: session.id, sessionEpoch: -1 });
    expect(isListed()).toBe(false);
  });

  test("nor once others have taken its slot, but its wait ends with an append", async () => {
    const { broker, open, isListed } = await openSession();
    const session = open(10)!;
    const waiting = broker.send(fetch, 18, { ...ask, maxWaitMs: 900_000, sessionId: session.id, sessionEpoch: 1 });
    await broker.runtime.clock.advanceWithPromises(130_000);
    const others = Array.from({ length: 80 }, () => open()!);
    expect(broker.replicas.fetchSessions.get(session.id)).toBeUndefined();
    expect(waiting.response).toBeUndefined();
    broker.append("t", 1, { index: 5 });
    expect(waiting.response?.responses[0]?.partitions.map(({ partitionIndex }) => partitionIndex)).toEqual([5]);
    for (const { id } of others) broker.replicas.fetchSessions.remove(id);
    expect(isListed()).toBe(false);
  });

  test("nor once it has forgotten them", async () => {
    const { broker, open, isListed } = await openSession();
    const session = open()!;
    const forgottenTopicsData = [{ topicId: topicId("t"), partitions: all.map(({ partition }) => partition) }];
    broker.send(fetch, 18, { ...ask, sessionId: session.id, sessionEpoch: 1, forgottenTopicsData });
    expect(isListed()).toBe(false);
  });

  test("a follower's looks at everything: it says what it has", async () => {
    const { broker } = await openSession();
    broker.createTopic("r", { partitions: 3, replicas: [1, 2] });
    const topics = [{ topicId: topicId("r"), partitions: all.slice(0, 3) }];
    const replicaState = { replicaId: 2, replicaEpoch: 200 };
    const { response } = broker.send(fetch, 18, { ...ask, replicaState, sessionEpoch: 0, topics });
    expect([...broker.replicas.fetchSessions.get(response!.sessionId)!.toRead()]).toHaveLength(3);
  });
});
