import { DescribeLogDirsRequest } from "../../../src/protocol/messages/describe-log-dirs.ts";
import { FetchRequest, FetchResponse } from "../../../src/protocol/messages/fetch.ts";
import { ListOffsetsRequest, ListOffsetsResponse } from "../../../src/protocol/messages/list-offsets.ts";
import { OffsetForLeaderEpochRequest } from "../../../src/protocol/messages/offset-for-leader-epoch.ts";
import { ProduceRequest } from "../../../src/protocol/messages/produce.ts";
import type { Input } from "../../../src/protocol/schema.ts";
import { batch, createTopic, fetchPartition, produce, topicIdOf } from "./record-requests.ts";
import { type Scenario, type Transcript, versionsOf } from "./scenario.ts";

const TOPIC = "sbs-unusual-records";
const OTHER = "sbs-unusual-other";
const UNKNOWN_ID = "5L6g3nShT-eMCtK--X86sw";
const READ_COMMITTED = 1;

/** Apache Kafka answers the partitions of a topic in the order of a hash map. */
async function inOrder(
  transcript: Transcript,
  step: string,
  version: number,
  request: Input<typeof ListOffsetsRequest>,
): Promise<void> {
  const answer = await transcript.connection.call(ListOffsetsRequest, ListOffsetsResponse, version, request);
  const topics = answer.topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.toSorted((a, b) => a.partitionIndex - b.partitionIndex),
  }));
  transcript.note(`${step} (ListOffsetsRequest v${version})`, { ...answer, topics });
}

export const unusualRecordRequestScenarios: Scenario[] = [
  {
    name: "unusual requests for offsets are answered alike",
    async run(transcript) {
      await createTopic(transcript, TOPIC);
      await produce(transcript, "produce", TOPIC, [{ index: 0, records: batch(3) }]);
      type Topics = Input<typeof ListOffsetsRequest>["topics"];
      for (const version of versionsOf(ListOffsetsRequest)) {
        const list = (step: string, topics: Topics, more: object = {}) =>
          inOrder(transcript, step, version, { replicaId: -1, topics, ...more });
        const at = (partitionIndex: number, timestamp = -1) => ({ partitionIndex, timestamp });
        await list("nothing", []);
        await list("no partitions", [{ name: TOPIC, partitions: [] }]);
        await list("a partition twice", [{ name: TOPIC, partitions: [at(0), at(0, -2), at(1)] }]);
        await list("a partition twice, in two topics", [
          { name: TOPIC, partitions: [at(0)] },
          { name: TOPIC, partitions: [at(0)] },
        ]);
        await list("a topic twice", [
          { name: TOPIC, partitions: [at(0)] },
          { name: TOPIC, partitions: [at(1)] },
        ]);
        await list("missing ones", [
          { name: TOPIC, partitions: [at(-1), at(9)] },
          { name: "", partitions: [at(0)] },
          { name: "a b", partitions: [at(0, -77)] },
        ]);
        await list("as a debugger", [{ name: TOPIC, partitions: [at(0)] }], { replicaId: -2 });
        await list("as a follower", [{ name: TOPIC, partitions: [at(0)] }], { replicaId: 9 });
        await list("the smallest time", [
          { name: TOPIC, partitions: [{ ...at(0), timestamp: -9_223_372_036_854_775_808n }] },
        ]);
        await list("the largest time", [
          { name: TOPIC, partitions: [{ ...at(0), timestamp: 9_223_372_036_854_775_807n }] },
        ]);
        if (version < 2) continue;
        await list("committed ones", [{ name: TOPIC, partitions: [at(0)] }], { isolationLevel: READ_COMMITTED });
        if (version < 4) continue;
        for (const currentLeaderEpoch of [-2, 0, 5]) {
          await list(`epoch ${currentLeaderEpoch}`, [{ name: TOPIC, partitions: [{ ...at(0), currentLeaderEpoch }] }]);
        }
      }
      type Epochs = Input<typeof OffsetForLeaderEpochRequest>["topics"];
      for (const version of versionsOf(OffsetForLeaderEpochRequest)) {
        const find = (step: string, topics: Epochs, more: object = {}) =>
          transcript.ask(step, OffsetForLeaderEpochRequest, version, { replicaId: -1, topics, ...more });
        const of = (partition: number, currentLeaderEpoch = -1, leaderEpoch = 0) => ({
          partition,
          currentLeaderEpoch,
          leaderEpoch,
        });
        await find("no epochs", []);
        await find("epochs of no partitions", [{ topic: TOPIC, partitions: [] }]);
        await find("epochs of a partition twice", [{ topic: TOPIC, partitions: [of(0), of(0)] }]);
        await find("epochs of missing ones", [
          { topic: "sbs-none", partitions: [of(0)] },
          { topic: TOPIC, partitions: [of(-1)] },
        ]);
        await find("an epoch before", [{ topic: TOPIC, partitions: [of(0, 0, -1), of(1, -2)] }]);
        await find("a present epoch of the future", [{ topic: TOPIC, partitions: [of(0, 4)] }]);
        await find("as a debugger", [{ topic: TOPIC, partitions: [of(0)] }], { replicaId: -2 });
      }
    },
  },
  {
    name: "unusual fetches are answered alike",
    async run(transcript) {
      await createTopic(transcript, TOPIC);
      await createTopic(transcript, OTHER);
      const ids: Readonly<Record<string, string>> = {
        [TOPIC]: await topicIdOf(transcript, TOPIC),
        [OTHER]: await topicIdOf(transcript, OTHER),
      };
      await produce(transcript, "produce", OTHER, [{ index: 0, records: batch(3) }]);
      type Body = Partial<Input<typeof FetchRequest>>;
      type Partitions = Input<typeof FetchRequest>["topics"][number]["partitions"];
      const topicsOf = (version: number, topics: [string, Partitions][]) =>
        topics.map(([topic, partitions]) =>
          version >= 13 ? { topicId: ids[topic] ?? UNKNOWN_ID, partitions } : { topic, partitions },
        );
      const body = (version: number, topics: [string, Partitions][], more: Body = {}) => ({
        maxWaitMs: 0,
        minBytes: 0,
        maxBytes: 1 << 20,
        topics: topicsOf(version, topics),
        ...more,
      });
      for (const version of versionsOf(FetchRequest)) {
        const fetch = (step: string, topics: [string, Partitions][], more?: Body) =>
          transcript.ask(step, FetchRequest, version, body(version, topics, more));
        await fetch("nothing", []);
        await fetch("no partitions", [[OTHER, []]]);
        await fetch("a partition twice", [[OTHER, [fetchPartition(0, 0), fetchPartition(0, 1)]]]);
        await fetch("a topic twice", [
          [OTHER, [fetchPartition(0, 0)]],
          [OTHER, [fetchPartition(1, 0)]],
        ]);
        await fetch("missing ones", [
          ["sbs-none", [fetchPartition(0, 0)]],
          [OTHER, [fetchPartition(-1, 0), fetchPartition(0, 0)]],
        ]);
        const isolationLevel = READ_COMMITTED;
        await fetch("committed ones", [[OTHER, [fetchPartition(0, 0), fetchPartition(1, 0)]]], { isolationLevel });
        await fetch("committed ones, out of range", [[OTHER, [fetchPartition(0, 99)]]], { isolationLevel });
        await fetch("a negative wait", [[OTHER, [fetchPartition(0, 3)]]], { maxWaitMs: -1, minBytes: 5 });
        const follower = version >= 15 ? { replicaState: { replicaId: 9, replicaEpoch: 1 } } : { replicaId: 9 };
        await fetch("as an unknown follower", [[OTHER, [fetchPartition(0, 0)]]], follower);
        if (version >= 11) await fetch("from a rack", [[OTHER, [fetchPartition(0, 0)]]], { rackId: "r" });
      }
      for (const version of [7, 12, 13, 18]) {
        const call = (step: string, topics: [string, Partitions][], more: Body) =>
          transcript.call(step, FetchRequest, FetchResponse, version, body(version, topics, more));
        const gone = (topic: string, ...partitions: number[]) =>
          version >= 13 ? { topicId: ids[topic] ?? UNKNOWN_ID, partitions } : { topic, partitions };
        await call("a session of nothing", [], { sessionId: 0, sessionEpoch: 0 });
        const { sessionId } = await call("a session", [[TOPIC, [fetchPartition(0, 0), fetchPartition(1, 0)]]], {
          sessionId: 0,
          sessionEpoch: 0,
        });
        await call("nothing new", [], { sessionId, sessionEpoch: 1 });
        await call("one more", [[OTHER, [fetchPartition(0, 0)]]], { sessionId, sessionEpoch: 2 });
        await call("the same again", [], { sessionId, sessionEpoch: 3 });
        await call("what is read", [[OTHER, [fetchPartition(0, 3)]]], { sessionId, sessionEpoch: 4 });
        await call("a missing one more", [["sbs-none", [fetchPartition(0, 0)]]], { sessionId, sessionEpoch: 5 });
        await call("still missing", [], { sessionId, sessionEpoch: 6 });
        await call("forgotten and asked for", [[OTHER, [fetchPartition(0, 0)]]], {
          sessionId,
          sessionEpoch: 7,
          forgottenTopicsData: [gone(OTHER, 0), gone("sbs-none", 0), gone("sbs-never", 4)],
        });
        await call("an old epoch", [], { sessionId, sessionEpoch: 7 });
        await call("another session in its place", [[OTHER, [fetchPartition(0, 3)]]], { sessionId, sessionEpoch: 0 });
        await call("the old one", [], { sessionId, sessionEpoch: 8 });
        const last = await call("a session", [[TOPIC, [fetchPartition(0, 0)]]], { sessionId: 0, sessionEpoch: 0 });
        await call("all forgotten", [], {
          sessionId: last.sessionId,
          sessionEpoch: 1,
          forgottenTopicsData: [gone(TOPIC, 0)],
        });
        await call("after all was forgotten", [], { sessionId: last.sessionId, sessionEpoch: 2 });
        await call("the end of none", [[OTHER, [fetchPartition(0, 3)]]], { sessionId: 77, sessionEpoch: -1 });
        await call("a negative epoch", [], { sessionId: 0, sessionEpoch: -5 });
      }
      const named = await transcript.call("a session of names", FetchRequest, FetchResponse, 12, {
        ...body(12, [[TOPIC, [fetchPartition(0, 0)]]]),
        sessionId: 0,
        sessionEpoch: 0,
      });
      await transcript.ask("of names, now by ids", FetchRequest, 13, {
        ...body(13, [[TOPIC, [fetchPartition(1, 0)]]]),
        sessionId: named.sessionId,
        sessionEpoch: 1,
      });
    },
  },
  {
    name: "unusual produces are answered alike",
    async run(transcript) {
      await createTopic(transcript, TOPIC);
      const topicId = await topicIdOf(transcript, TOPIC);
      type Topics = Input<typeof ProduceRequest>["topicData"];
      for (const version of versionsOf(ProduceRequest)) {
        const named = (name: string) => (version >= 13 ? { topicId: name === TOPIC ? topicId : UNKNOWN_ID } : { name });
        const send = (step: string, topicData: Topics, more: object = {}) =>
          transcript.ask(step, ProduceRequest, version, {
            transactionalId: null,
            acks: -1,
            timeoutMs: 5_000,
            topicData,
            ...more,
          });
        const records = batch(1);
        await send("nothing", []);
        await send("no partitions", [{ ...named(TOPIC), partitionData: [] }]);
        await send("a topic and a missing one", [
          {
            ...named(TOPIC),
            partitionData: [
              { index: 0, records },
              { index: 9, records },
            ],
          },
          { ...named("sbs-none"), partitionData: [{ index: 0, records }] },
        ]);
        const magic9 = batch(1);
        magic9[16] = 9;
        for (const broken of [new Uint8Array(100), magic9]) {
          const answer = await send("beside what is no batch, for a missing topic", [
            { ...named(TOPIC), partitionData: [{ index: 0, records }] },
            { ...named("sbs-none"), partitionData: [{ index: 0, records: broken }] },
          ]);
          // A request refused as a whole is answered by Apache Kafka in the order of a hash, also of ids that are made up.
          const { responses } = answer as { responses: { name: string; topicId: string }[] };
          const isMissing = (topic: (typeof responses)[number]) =>
            topic.name === "sbs-none" || topic.topicId === UNKNOWN_ID;
          responses.sort((a, b) => Number(isMissing(a)) - Number(isMissing(b)));
        }
        await send("within no time", [{ ...named(TOPIC), partitionData: [{ index: 1, records }] }], { timeoutMs: 0 });
        const twice = [1, 3].map((count) => ({ index: 1, records: batch(count) }));
        await send("a partition twice", [{ ...named(TOPIC), partitionData: twice }]);
        await send(
          "a partition twice, in two topics",
          twice.map((partition) => ({ ...named(TOPIC), partitionData: [partition] })),
        );
        const none = { index: 1, records: new Uint8Array(0) };
        for (const partitionData of [
          [twice[0]!, none],
          [none, twice[1]!],
        ]) {
          await send("a partition twice, once without records", [{ ...named(TOPIC), partitionData }]);
        }
        await send(
          "a missing partition twice",
          twice.map((partition) => ({ ...named(TOPIC), partitionData: [{ ...partition, index: 9 }] })),
        );
        await send("within less than no time", [{ ...named(TOPIC), partitionData: [{ index: 1, records }] }], {
          timeoutMs: -1,
        });
        await send(
          "with a transactional id and plain records",
          [{ ...named(TOPIC), partitionData: [{ index: 1, records }] }],
          {
            transactionalId: "sbs-tx-id",
          },
        );
      }
    },
  },
  {
    name: "unusual requests about directories are answered alike",
    async run(transcript) {
      await createTopic(transcript, TOPIC);
      type Topics = Input<typeof DescribeLogDirsRequest>["topics"];
      for (const version of versionsOf(DescribeLogDirsRequest)) {
        const describe = async (step: string, topics: Topics) => {
          const answer = (await transcript.connection.ask(DescribeLogDirsRequest, version, { topics })) as {
            results: Record<string, unknown>[];
          };
          for (const result of answer.results) {
            delete result.totalBytes;
            delete result.usableBytes;
          }
          transcript.note(`${step} (DescribeLogDirs v${version})`, answer);
        };
        await describe("nothing", []);
        await describe("no partitions", [{ topic: TOPIC, partitions: [] }]);
        await describe("a partition twice", [{ topic: TOPIC, partitions: [0, 0, 9] }]);
        await describe("a missing topic", [{ topic: "sbs-none", partitions: [0] }]);
      }
    },
  },
];
