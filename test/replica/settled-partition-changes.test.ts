import { beforeEach, describe, expect, test } from "vitest";
import { fetch } from "../../src/api/fetch.ts";
import { RACK_AWARE_REPLICA_SELECTOR } from "../../src/config/cross-checks.ts";
import { ErrorCode } from "../../src/protocol/error-codes.ts";
import type { FetchRequest, FetchResponse } from "../../src/protocol/messages/fetch.ts";
import type { Infer, Input } from "../../src/protocol/schema.ts";
import { buildEndTransactionMarker } from "../../src/record/control-record.ts";
import { batchOffsets, type Exchange, TestBroker, topicId } from "../api/test-broker.ts";
import { settled } from "../log/log-fixture.ts";
import { DirectoriesBroker } from "./log-dirs/directories-broker.ts";

type Request = Input<typeof FetchRequest>;
type Asked = Partial<Request["topics"][number]["partitions"][number]>;

let broker: TestBroker;

beforeEach(async () => {
  broker = await TestBroker.start();
});

/** A client's session of partition 0 of some topics. */
class Session {
  private readonly version: number;
  private readonly reader: Partial<Request>;
  private id = 0;
  private epoch = 0;

  constructor(asked: Readonly<Record<string, Asked>>, reader: Partial<Request> = {}, version = 13) {
    this.version = version;
    this.reader = reader;
    this.send({}, asked);
  }

  /** Which a request without changes looks at. */
  get lookedAt(): (string | null)[] {
    return [...broker.replicas.fetchSessions.get(this.id)!.toRead()].map(({ topic }) => topic);
  }

  send(request: Partial<Request> = {}, asked: Readonly<Record<string, Asked>> = {}) {
    const topics = Object.entries(asked).map(([topic, partition]) => ({
      topic,
      topicId: topicId(topic),
      partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1_000, ...partition }],
    }));
    const session = { sessionId: this.id, sessionEpoch: this.epoch++ };
    const limits = { maxWaitMs: 0, minBytes: 1 };
    const sent = broker.send(fetch, this.version, { ...limits, ...this.reader, ...session, topics, ...request });
    this.id = sent.response?.sessionId ?? this.id;
    return sent;
  }
}

/** What an answer says of each partition in it. */
function told({ response }: Exchange<Infer<typeof FetchResponse>>) {
  return response!.responses.flatMap(({ partitions }) =>
    partitions.map(({ errorCode, highWatermark, logStartOffset, records }) =>
      errorCode === ErrorCode.NONE ? { highWatermark, logStartOffset, offsets: batchOffsets(records) } : errorCode,
    ),
  );
}

/** What a session that had heard everything is told of "t" after `change`. */
function expectNews(open: () => Session, change: () => void, news: unknown): void {
  const session = open();
  expect(session.lookedAt).toEqual([]);
  change();
  expect(session.lookedAt).toEqual(["t"]);
  expect(told(session.send())).toEqual([news]);
}

describe("a session hears of a partition of which it had heard everything", () => {
  const withFollower = (records = 2, options = {}) => {
    broker.createTopic("t", { replicas: [1, 2], ...options });
    broker.append("t", records);
  };
  const nothing = (highWatermark: number, logStartOffset = 0) => ({ highWatermark, logStartOffset, offsets: [] });

  test("when its high watermark moves on", () => {
    withFollower();
    const open = () => new Session({ t: { fetchOffset: 2 } });
    expectNews(open, () => broker.partition("t").followerFetched(2, 200, 1, 0), nothing(1));
  });

  test("when a lower min.insync.replicas lets the high watermark move on", () => {
    withFollower(2, { isr: [1] });
    broker.partition("t").updateMinInsyncReplicas(2);
    broker.append("t");
    const open = () => new Session({ t: { fetchOffset: 3 } });
    expectNews(open, () => broker.partition("t").updateMinInsyncReplicas(1), nothing(3));
  });

  test("when a smaller ISR does", () => {
    withFollower();
    const open = () => new Session({ t: { fetchOffset: 2 } });
    expectNews(open, () => broker.changePartition("t", { isr: [1] }), nothing(2));
  });

  test("when the controller has taken a follower that lags out of the ISR", () => {
    withFollower();
    broker.runtime.clock.advance(60_000);
    const left = { partitionIndex: 0, errorCode: 0, leaderId: 1, leaderEpoch: 0, isr: [1], partitionEpoch: 1 };
    const [change] = broker.isrChanges;
    const done = () => change!.answered({ errorCode: 0, topics: [{ topicId: topicId("t"), partitions: [left] }] });
    expectNews(() => new Session({ t: { fetchOffset: 2 } }), done, nothing(2));
  });

  test("when records have been brought to the disk that flush.messages wants there", async () => {
    broker.createTopic("t", { config: { "flush.messages": 1 } });
    const session = new Session({ t: {} });
    broker.append("t");
    expect([told(session.send()), session.lookedAt]).toEqual([[], []]);
    await broker.runtime.clock.advanceWithPromises(1_000);
    expect(session.lookedAt).toEqual(["t"]);
    expect(told(session.send())).toEqual([{ ...nothing(1), offsets: [0] }]);
  });

  test("when records are deleted", () => {
    broker.createTopic("t");
    broker.append("t", 5);
    expectNews(
      () => new Session({ t: { fetchOffset: 5 } }),
      () => broker.partition("t").deleteRecords(3),
      nothing(5, 3),
    );
  });

  test("when retention has removed segments", () => {
    broker.createTopic("t", { config: { "retention.bytes": 0 } });
    broker.append("t", 5);
    const log = broker.partition("t").log!;
    const open = () => new Session({ t: { fetchOffset: 5 } });
    expectNews(open, () => log.deleteOldSegments(broker.runtime.clock.now()), nothing(5, 5));
  });

  test("when a transaction ends, if it reads what is committed", () => {
    broker.createTopic("t");
    const producer = { producerId: 7, producerEpoch: 0 };
    const partition = broker.partition("t");
    const records = broker.batch(1, { ...producer, baseSequence: 0, transactional: true });
    partition.appendRecordsToLeader(records, 1, { origin: "coordinator" });
    const ending = { ...producer, coordinatorEpoch: 0, timestamp: broker.runtime.clock.now(), commit: true };
    const end = () =>
      partition.appendRecordsToLeader(buildEndTransactionMarker(ending, broker.runtime), 1, { origin: "coordinator" });
    expectNews(() => new Session({ t: {} }, { isolationLevel: 1 }), end, { ...nothing(2), offsets: [0, 1] });
  });

  test("when a leader epoch begins, if it names the one before", () => {
    withFollower();
    const open = () => new Session({ t: { fetchOffset: 2, currentLeaderEpoch: 0 } });
    expectNews(open, () => broker.changePartition("t", { leader: 1 }), ErrorCode.FENCED_LEADER_EPOCH);
  });

  test("when another broker leads, and when this one does again, if it reads from leaders only", () => {
    withFollower();
    const session = new Session({ t: { fetchOffset: 2 } }, {}, 10);
    expect(session.lookedAt).toEqual([]);
    broker.changePartition("t", { leader: 2 });
    expect(told(session.send())).toEqual([ErrorCode.NOT_LEADER_OR_FOLLOWER]);
    broker.changePartition("t", { leader: 1 });
    expect(told(session.send())).toEqual([nothing(0)]);
    expect(told(session.send())).toEqual([]);
    expect(session.lookedAt).toEqual([]);
  });

  test("when the leader takes records back", () => {
    withFollower();
    broker.changePartition("t", { leader: 2 });
    const open = () => new Session({ t: { fetchOffset: 2 } });
    expectNews(open, () => broker.partition("t").truncateTo(1), ErrorCode.OFFSET_OUT_OF_RANGE);
  });

  test("when its log directory fails", () => {
    broker.createTopic("t");
    const fail = () => broker.replicas.handleLogDirFailure([broker.partition("t").log!]);
    expectNews(() => new Session({ t: {} }), fail, ErrorCode.KAFKA_STORAGE_ERROR);
  });

  test("when the replica here goes to another broker", () => {
    withFollower();
    const open = () => new Session({ t: { fetchOffset: 2 } });
    expectNews(open, () => broker.changePartition("t", { replicas: [2], leader: 2 }), ErrorCode.NOT_LEADER_OR_FOLLOWER);
  });

  test("when its topic is deleted, and when there is one of its name again", async () => {
    broker.createTopic("t");
    const session = new Session({ t: {} }, {}, 12);
    const open = () => session;
    expectNews(open, () => broker.deleteTopic("t"), ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    broker.createTopic("t", { id: topicId("u") });
    expect(told(session.send())).toEqual([nothing(0)]);
    expect(session.lookedAt).toEqual([]);
    broker.append("t");
    // What is written to a name that was taken before is settled when the checkpoints are.
    await settled(broker.runtime, broker.logs.checkpoint());
    expect(told(session.send())).toEqual([{ ...nothing(1), offsets: [0] }]);
  });

  test("when it asks for it anew, or from somewhere else", () => {
    broker.createTopic("t");
    broker.append("t", 3);
    const session = new Session({ t: { fetchOffset: 3 } });
    expect(told(session.send({}, { t: { fetchOffset: 3 } }))).toEqual([]);
    expect(told(session.send({}, { t: { fetchOffset: 0 } }))).toEqual([{ ...nothing(3), offsets: [0] }]);
    const forgotten = session.send({ forgottenTopicsData: [{ topicId: topicId("t"), partitions: [0] }] });
    expect(told(forgotten)).toEqual([]);
  });

  test("when it reads what is not committed, after it read what is", () => {
    broker.createTopic("t");
    const session = new Session({ t: {} }, { isolationLevel: 1 });
    const records = broker.batch(1, { producerId: 7, producerEpoch: 0, baseSequence: 0, transactional: true });
    broker.partition("t").appendRecordsToLeader(records, 1, { origin: "coordinator" });
    expect(told(session.send())).toEqual([nothing(1)]);
    expect(session.lookedAt).toEqual([]);
    expect(told(session.send({ isolationLevel: 0 }))).toEqual([{ ...nothing(1), offsets: [0] }]);
  });
});

test("a log that has moved to another directory is what its session reads", async () => {
  const node = await DirectoriesBroker.start();
  broker = node.broker;
  node.createTopic(3);
  const session = new Session({ t: { fetchOffset: 3 } });
  node.alter("/d2");
  await node.run(100);
  node.accept();
  await node.run(100);
  expect(node.directoryOf()).toBe("/d2");
  expect(told(session.send())).toEqual([]);
  expect(session.lookedAt).toEqual([]);
  node.append();
  expect(told(session.send())).toEqual([{ highWatermark: 4, logStartOffset: 0, offsets: [3] }]);
});

test("what did not fit comes next, before what was served and has got more since", () => {
  const topics = ["a", "b", "c"];
  for (const topic of topics) broker.createTopic(topic);
  const session = new Session({ a: {}, b: {}, c: {} }, { maxBytes: 1 });
  for (const topic of topics) broker.append(topic);
  const served: string[] = [];
  let asked = {};
  for (let poll = 0; poll < 4; poll++) {
    const { response } = session.send({}, asked);
    const answer = response!.responses.find(({ partitions }) => batchOffsets(partitions[0]!.records).length > 0)!;
    const topic = topics.find((name) => topicId(name) === answer.topicId)!;
    served.push(topic);
    if (poll === 0) broker.append("a");
    // The client goes on behind what it got.
    asked = { [topic]: { fetchOffset: batchOffsets(answer.partitions[0]!.records)[0]! + 1 } };
  }
  expect(served).toEqual(["a", "b", "c", "a"]);
  expect(told(session.send({}, asked))).toEqual([]);
  expect(session.lookedAt).toEqual([]);
});

test("where a rack decides from whom to read, and up to the log end of a follower, each partition is looked at", () => {
  broker.createTopic("t", { replicas: [1, 2], leader: 2 });
  const partition = broker.partition("t");
  const follow = () => {
    const batch = broker.batch(1, { baseOffset: partition.log!.logEndOffset });
    partition.appendRecordsToFollower(batch, { highWatermark: 0, logStartOffset: 0 });
  };
  // As this broker's own mover would ask, were it a client.
  const mover = new Session({ t: {} }, { replicaId: -3 });
  follow();
  expect(told(mover.send())).toEqual([{ highWatermark: 0, logStartOffset: 0, offsets: [0] }]);
  Object.assign(broker.services.config, { "replica.selector.class": RACK_AWARE_REPLICA_SELECTOR });
  const inRack = new Session({ t: {} }, { rackId: "b" });
  expect(inRack.lookedAt).toEqual(["t"]);
});
