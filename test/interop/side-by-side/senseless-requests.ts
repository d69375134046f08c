import { DescribeTopicPartitionsRequest } from "../../../src/protocol/messages/describe-topic-partitions.ts";
import { FetchRequest, FetchResponse } from "../../../src/protocol/messages/fetch.ts";
import { ListOffsetsRequest } from "../../../src/protocol/messages/list-offsets.ts";
import { MetadataRequest } from "../../../src/protocol/messages/metadata.ts";
import type { Input } from "../../../src/protocol/schema.ts";
import { batch, createTopic, type FetchPartition, fetchPartition, produce, topicIdOf } from "./record-requests.ts";
import { type Scenario, type Transcript, versionsOf } from "./scenario.ts";

const TOPIC = "sbs-senseless";
const UNKNOWN_ID = "5L6g3nShT-eMCtK--X86sw";
const RECORDS = 3;
const LEAST = -2_147_483_648;

/** Of two partitions, with records in the first. */
async function writtenTopic(transcript: Transcript): Promise<string> {
  await createTopic(transcript, TOPIC);
  const topicId = await topicIdOf(transcript, TOPIC);
  await produce(transcript, "produce", TOPIC, [{ index: 0, records: batch(RECORDS) }]);
  return topicId;
}

type Body = Input<typeof FetchRequest>;

/** Of the topic when it knows the id; of one that there is not otherwise. */
function fetchBody(version: number, topicId: string, partitions: FetchPartition[], more: Partial<Body> = {}): Body {
  const topic = topicId === UNKNOWN_ID ? "sbs-none" : TOPIC;
  const topics = [version >= 13 ? { topicId, partitions } : { topic, partitions }];
  return { maxWaitMs: 0, minBytes: 0, maxBytes: 1 << 20, topics, ...more };
}

export const senselessRequestScenarios: Scenario[] = [
  {
    name: "isolation levels that there are not are answered alike",
    async run(transcript) {
      const topicId = await writtenTopic(transcript);
      for (const isolationLevel of [2, -1, 127]) {
        for (const version of versionsOf(FetchRequest)) {
          const fetch = (step: string, id: string, partitions: FetchPartition[], more: Partial<Body> = {}) =>
            transcript.ask(
              `${step} at level ${isolationLevel}`,
              FetchRequest,
              version,
              fetchBody(version, id, partitions, { isolationLevel, ...more }),
            );
          await fetch("two", topicId, [fetchPartition(0, 0), fetchPartition(1, 0)]);
          await fetch("one that is missing too", topicId, [fetchPartition(0, 0), fetchPartition(9, 0)]);
          await fetch("missing ones", topicId, [fetchPartition(9, 0)]);
          await fetch("of a missing topic", UNKNOWN_ID, [fetchPartition(0, 0)]);
          await fetch("nothing", topicId, []);
          const follower = version >= 15 ? { replicaState: { replicaId: 9, replicaEpoch: 1 } } : { replicaId: 9 };
          await fetch("as a follower", topicId, [fetchPartition(0, 0)], follower);
        }
        for (const version of versionsOf(ListOffsetsRequest).filter((each) => each >= 2)) {
          const list = (step: string, topics: Input<typeof ListOffsetsRequest>["topics"], replicaId = -1) =>
            transcript.ask(`${step} at level ${isolationLevel}`, ListOffsetsRequest, version, {
              replicaId,
              isolationLevel,
              topics,
            });
          const partitions = [{ partitionIndex: 0, timestamp: -1 }];
          await list("offsets", [{ name: TOPIC, partitions: [...partitions, { partitionIndex: 1, timestamp: -2 }] }]);
          await list("offsets of a missing topic", [{ name: "sbs-none", partitions }]);
          await list("offsets of two topics", [
            { name: "sbs-none", partitions },
            { name: TOPIC, partitions },
          ]);
          await list("offsets of a partition twice", [{ name: TOPIC, partitions: [...partitions, ...partitions] }]);
          await list("offsets of no partitions", [{ name: TOPIC, partitions: [] }]);
          await list("no offsets", []);
          await list("offsets for a debugger", [{ name: TOPIC, partitions }], -2);
          await list("offsets for a follower", [{ name: TOPIC, partitions }], 9);
        }
      }
    },
  },
  {
    name: "an isolation level that there is not leaves a session alike",
    async run(transcript) {
      const topicId = await writtenTopic(transcript);
      for (const version of [7, 12, 13, 18]) {
        const call = (
          step: string,
          sessionId: number,
          sessionEpoch: number,
          isolationLevel: number,
          more: Partial<Body> = {},
        ) =>
          transcript.call(step, FetchRequest, FetchResponse, version, {
            ...fetchBody(version, topicId, [fetchPartition(0, 0)], {}),
            sessionId,
            sessionEpoch,
            isolationLevel,
            ...more,
          });
        await call("a session to begin", 0, 0, 2);
        const { sessionId } = await call("a session", 0, 0, 0);
        await call("one that is not", sessionId, 1, 2, { topics: [] });
        await call("the same epoch", sessionId, 1, 0, { topics: [] });
        await call("the next epoch", sessionId, 2, 0, { topics: [] });
        await call("closed", sessionId, -1, 2, { topics: [] });
        await call("after it", sessionId, 3, 0, { topics: [] });
      }
    },
  },
  {
    name: "negative sizes are answered alike",
    async run(transcript) {
      const topicId = await writtenTopic(transcript);
      for (const version of versionsOf(FetchRequest)) {
        const fetch = (step: string, partitions: FetchPartition[], more: Partial<Body> = {}) =>
          transcript.ask(step, FetchRequest, version, fetchBody(version, topicId, partitions, more));
        for (const size of [-1, LEAST]) {
          const negative = { partitionMaxBytes: size };
          await fetch(`${size} of one`, [fetchPartition(0, 0, negative)]);
          await fetch(`${size} of one, committed`, [fetchPartition(0, 0, negative)], { isolationLevel: 1 });
          await fetch(`${size} of one at its end`, [fetchPartition(0, RECORDS, negative)]);
          await fetch(`${size} of one beyond its end`, [fetchPartition(0, RECORDS + 1, negative)]);
          await fetch(`${size} of an empty one`, [fetchPartition(1, 0, negative)]);
          await fetch(`${size} of two`, [fetchPartition(1, 0), fetchPartition(0, 1, negative)]);
          await fetch(`${size} of the first of two`, [fetchPartition(0, 1, negative), fetchPartition(0, 0)]);
          await fetch(`${size} in all`, [fetchPartition(0, 0)], { maxBytes: size });
          await fetch(`${size} in all, of an empty one first`, [fetchPartition(1, 0), fetchPartition(0, 0)], {
            maxBytes: size,
          });
          await fetch(`${size} in all, at its end`, [fetchPartition(0, RECORDS)], { maxBytes: size });
          await fetch(`${size} at least`, [fetchPartition(0, RECORDS)], { minBytes: size, maxWaitMs: 10_000 });
          await fetch(`${size} in all, of an empty one, for a while`, [fetchPartition(1, 0)], {
            maxBytes: size,
            minBytes: 1,
            maxWaitMs: 10_000,
          });
        }
        await fetch("a negative size, for a while", [fetchPartition(0, 0, { partitionMaxBytes: -1 })], {
          minBytes: 1_000,
          maxWaitMs: 10_000,
        });
      }
      for (const version of [7, 13, 18]) {
        const call = (step: string, sessionId: number, sessionEpoch: number, partitions: FetchPartition[]) =>
          transcript.call(step, FetchRequest, FetchResponse, version, {
            ...fetchBody(version, topicId, partitions, partitions.length === 0 ? { topics: [] } : {}),
            sessionId,
            sessionEpoch,
          });
        const { sessionId } = await call("a session", 0, 0, [fetchPartition(0, 0, { partitionMaxBytes: -1 })]);
        await call("again", sessionId, 1, []);
        await call("with a size", sessionId, 2, [fetchPartition(0, 0)]);
        await call("again", sessionId, 3, []);
      }
    },
  },
  {
    name: "topics without names are answered alike",
    async run(transcript) {
      const topicId = await writtenTopic(transcript);
      type Topics = Input<typeof MetadataRequest>["topics"];
      for (const version of versionsOf(MetadataRequest)) {
        for (const allowAutoTopicCreation of version >= 4 ? [false, true] : [true]) {
          const ask = (step: string, topics: Topics) =>
            transcript.ask(`${step}, ${allowAutoTopicCreation}`, MetadataRequest, version, {
              topics,
              ...(version >= 4 ? { allowAutoTopicCreation } : {}),
              ...(version >= 8 ? { includeTopicAuthorizedOperations: true } : {}),
            });
          await ask("an empty name", [{ name: "" }]);
          await ask("an empty name and another", [{ name: "" }, { name: TOPIC }]);
          if (version < 10) continue;
          await ask("null", [{ name: null }]);
          await ask("null twice", [{ name: null }, { name: null }]);
          await ask("null and another", [{ name: TOPIC }, { name: null }]);
          await ask("null and an id", [{ name: null }, { name: null, topicId }]);
          await ask("null and an unknown id", [{ name: null }, { name: null, topicId: UNKNOWN_ID }]);
          await ask("an empty name and an id", [{ name: "" }, { name: null, topicId }]);
          await ask("an empty name with an id", [{ name: "", topicId }]);
        }
      }
      const page = (step: string, names: string[], more: object = {}) =>
        transcript.ask(step, DescribeTopicPartitionsRequest, 0, { topics: names.map((name) => ({ name })), ...more });
      await page("of no name", [""]);
      await page("of no name and another", ["", TOPIC]);
      await page("of no name, from it", [""], { cursor: { topicName: "", partitionIndex: 0 } });
      await page("of no name, from another", ["", TOPIC], { cursor: { topicName: TOPIC, partitionIndex: 0 } });
      await page("of one, from no name", [TOPIC], { cursor: { topicName: "", partitionIndex: 0 } });
      await page("of one, none at most", [TOPIC], { responsePartitionLimit: 0 });
      await page("of one, less than none", [TOPIC], { responsePartitionLimit: -1 });
      await page("of one, before its start", [TOPIC], { cursor: { topicName: TOPIC, partitionIndex: -1 } });
    },
  },
];
