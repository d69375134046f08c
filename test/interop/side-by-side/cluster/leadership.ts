import { DeleteRecordsRequest } from "../../../../src/protocol/messages/delete-records.ts";
import { DeleteTopicsRequest } from "../../../../src/protocol/messages/delete-topics.ts";
import { DescribeProducersRequest } from "../../../../src/protocol/messages/describe-producers.ts";
import { FetchRequest, FetchResponse } from "../../../../src/protocol/messages/fetch.ts";
import { ListOffsetsRequest } from "../../../../src/protocol/messages/list-offsets.ts";
import { MetadataRequest } from "../../../../src/protocol/messages/metadata.ts";
import { OffsetForLeaderEpochRequest } from "../../../../src/protocol/messages/offset-for-leader-epoch.ts";
import { ProduceRequest } from "../../../../src/protocol/messages/produce.ts";
import type { Input } from "../../../../src/protocol/schema.ts";
import { ZERO_UUID } from "../../../../src/protocol/uuid.ts";
import { batch, type FetchPartition, fetchBody, fetchPartition, produce } from "../record-requests.ts";
import { versionsOf } from "../scenario.ts";
import type { ClusterScenario, ClusterTranscript } from "./cluster-transcript.ts";

/** Of a topic that broker 1 leads and 2 follows; 3 has none of it. */
const REPLICAS = [1, 2];
const BROKERS = [1, 2, 3];
const RECORDS = 5;

async function ledTopic(transcript: ClusterTranscript, name: string): Promise<string> {
  await transcript.createTopic(name, [REPLICAS]);
  await produce(transcript.at(1), "produce", name, [{ index: 0, records: batch(RECORDS) }]);
  await transcript.untilCommitted(name, 0, RECORDS, REPLICAS);
  return transcript.topicId(name);
}

export const leadershipScenarios: ClusterScenario[] = [
  {
    name: "who does not lead reads and tells alike",
    async run(transcript) {
      const name = "sbs-led-read";
      const topicId = await ledTopic(transcript, name);
      for (const id of BROKERS) {
        const broker = transcript.at(id);
        for (const version of versionsOf(FetchRequest)) {
          const fetch = (step: string, partition: FetchPartition, more: Partial<Input<typeof FetchRequest>> = {}) =>
            broker.ask(`${step} at ${id}`, FetchRequest, version, {
              ...fetchBody(name, topicId, version, [partition]),
              maxWaitMs: 0,
              ...more,
            });
          await fetch("from the start", fetchPartition(0, 0));
          await fetch("from the end", fetchPartition(0, RECORDS));
          await fetch("beyond the end", fetchPartition(0, RECORDS + 1));
          await fetch("before the start", fetchPartition(0, -1));
          await fetch("committed", fetchPartition(0, 0), { isolationLevel: 1 });
          for (const currentLeaderEpoch of version >= 9 ? [-1, 0, 1] : []) {
            await fetch(`in epoch ${currentLeaderEpoch}`, fetchPartition(0, 0, { currentLeaderEpoch }));
          }
          if (version >= 12) {
            await fetch("diverging", fetchPartition(0, RECORDS + 3, { lastFetchedEpoch: 0, currentLeaderEpoch: 0 }));
          }
          for (const replicaId of [2, 3, 9]) {
            const follower = version >= 15 ? { replicaState: { replicaId, replicaEpoch: 1 } } : { replicaId };
            // The follower that there is would be noted as one that has fallen behind.
            if (replicaId !== 2 || version >= 15) {
              await fetch(`as follower ${replicaId}`, fetchPartition(0, 0), follower);
              await fetch(
                `as follower ${replicaId} in epoch 4`,
                fetchPartition(0, 0, { currentLeaderEpoch: 4 }),
                follower,
              );
            }
          }
        }
      }
    },
  },
  {
    name: "who does not lead goes on with sessions alike",
    async run(transcript) {
      const name = "sbs-led-sessions";
      const topicId = await ledTopic(transcript, name);
      for (const id of BROKERS) {
        for (const version of [7, 12, 13, 18]) {
          const fetch = (step: string, sessionId: number, sessionEpoch: number, partitions: FetchPartition[]) =>
            transcript.at(id).call(`${step} at ${id}`, FetchRequest, FetchResponse, version, {
              ...fetchBody(name, topicId, version, partitions),
              ...(partitions.length === 0 ? { topics: [] } : {}),
              maxWaitMs: 0,
              sessionId,
              sessionEpoch,
            });
          const { sessionId } = await fetch("a session", 0, 0, [fetchPartition(0, 0), fetchPartition(9, 0)]);
          await fetch("again", sessionId, 1, []);
          await fetch("from the end", sessionId, 2, [fetchPartition(0, RECORDS)]);
          await fetch("again", sessionId, 3, []);
          await fetch("closed", sessionId, -1, []);
        }
      }
    },
  },
  {
    name: "who does not lead looks up offsets and epochs alike",
    async run(transcript) {
      const name = "sbs-led-offsets";
      await ledTopic(transcript, name);
      for (const id of BROKERS) {
        const broker = transcript.at(id);
        for (const version of versionsOf(ListOffsetsRequest)) {
          const list = (step: string, more: object = {}, request: object = {}) =>
            broker.ask(`${step} at ${id}`, ListOffsetsRequest, version, {
              replicaId: -1,
              topics: [{ name, partitions: [{ partitionIndex: 0, timestamp: -1, ...more }] }],
              ...request,
            });
          await list("the latest");
          await list("the earliest", { timestamp: -2 });
          await list("by time", { timestamp: 0 });
          await list("of the largest time", { timestamp: -3 });
          await list("as a debugger", {}, { replicaId: -2 });
          await list("as a debugger, the earliest", { timestamp: -2 }, { replicaId: -2 });
          await list("as the follower", {}, { replicaId: 2 });
          if (version >= 2) await list("committed", {}, { isolationLevel: 1 });
          for (const currentLeaderEpoch of version >= 4 ? [-1, 0, 1] : []) {
            await list(`in epoch ${currentLeaderEpoch}`, { currentLeaderEpoch });
            await list(`in epoch ${currentLeaderEpoch}, as a debugger`, { currentLeaderEpoch }, { replicaId: -2 });
          }
        }
        for (const version of versionsOf(OffsetForLeaderEpochRequest)) {
          for (const replicaId of version >= 3 ? [-1, -2, 2] : [-2]) {
            for (const currentLeaderEpoch of [-1, 0, 1]) {
              await broker.ask(
                `the end of epoch 0 in ${currentLeaderEpoch} for ${replicaId} at ${id}`,
                OffsetForLeaderEpochRequest,
                version,
                {
                  replicaId,
                  topics: [{ topic: name, partitions: [{ partition: 0, currentLeaderEpoch, leaderEpoch: 0 }] }],
                },
              );
            }
          }
        }
        await broker.ask(`producers at ${id}`, DescribeProducersRequest, 0, {
          topics: [{ name, partitionIndexes: [0, 9] }],
        });
      }
    },
  },
  {
    name: "who does not lead changes nothing alike",
    async run(transcript) {
      const name = "sbs-led-changes";
      const topicId = await ledTopic(transcript, name);
      for (const id of [2, 3]) {
        const broker = transcript.at(id);
        for (const version of versionsOf(ProduceRequest)) {
          for (const acks of [-1, 1]) {
            const partitions = [{ index: 0, records: batch(1) }];
            await produce(broker, `acks ${acks} at ${id}`, name, partitions, { version, acks, topicId });
          }
        }
        for (const version of versionsOf(DeleteRecordsRequest)) {
          await broker.ask(`delete at ${id}`, DeleteRecordsRequest, version, {
            topics: [{ name, partitions: [{ partitionIndex: 0, offset: 1 }] }],
            timeoutMs: 5_000,
          });
        }
        const alone = await broker.connection.another();
        transcript.note(
          `without an answer at ${id}`,
          await alone.ask(ProduceRequest, 12, {
            transactionalId: null,
            acks: 0,
            timeoutMs: 5_000,
            topicData: [{ name, partitionData: [{ index: 0, records: batch(1) }] }],
          }),
        );
        alone.close();
      }
    },
  },
  {
    name: "a topic that was deleted and created anew is told from the old one alike",
    async run(transcript) {
      const name = "sbs-anew";
      await transcript.createTopic(name, [REPLICAS]);
      await produce(transcript.at(1), "produce", name, [{ index: 0, records: batch(RECORDS) }]);
      await transcript.untilCommitted(name, 0, RECORDS, REPLICAS);
      const oldId = await transcript.topicId(name);
      const fetch = (
        step: string,
        id: number,
        version: number,
        topicId: string,
        more: Partial<Input<typeof FetchRequest>>,
      ) =>
        transcript.at(id).call(`${step} at ${id}`, FetchRequest, FetchResponse, version, {
          ...fetchBody(name, topicId, version, [fetchPartition(0, 0)]),
          maxWaitMs: 0,
          ...more,
        });
      const sessions: { id: number; version: number; sessionId: number }[] = [];
      for (const id of BROKERS) {
        for (const version of [12, 13, 18]) {
          const { sessionId } = await fetch("a session", id, version, oldId, { sessionId: 0, sessionEpoch: 0 });
          sessions.push({ id, version, sessionId });
        }
      }
      const goOn = async (step: string, sessionEpoch: number) => {
        for (const { id, version, sessionId } of sessions) {
          await fetch(step, id, version, oldId, { sessionId, sessionEpoch, topics: [] });
        }
      };
      await transcript
        .at(3)
        .ask("deleted", DeleteTopicsRequest, 6, { topics: [{ name, topicId: ZERO_UUID }], timeoutMs: 10_000 });
      await transcript.applied();
      await goOn("gone", 1);
      await transcript.createTopic(name, [[2, 3]]);
      await goOn("anew", 2);
      await produce(transcript.at(2), "produce", name, [{ index: 0, records: batch(1) }]);
      await transcript.untilCommitted(name, 0, 1, [2, 3]);
      await goOn("written", 3);
      const newId = await transcript.topicId(name);
      for (const { id, version, sessionId } of sessions) {
        await fetch("by the new id", id, version, newId, { sessionId, sessionEpoch: 4 });
      }
      for (const id of BROKERS) {
        for (const version of [12, 13, 18]) {
          for (const topicId of version >= 13 ? [oldId, newId] : [""]) {
            await fetch("without a session", id, version, topicId, {});
            const follower = version >= 15 ? { replicaState: { replicaId: 1, replicaEpoch: 1 } } : { replicaId: 1 };
            await fetch("as the follower it had", id, version, topicId, follower);
          }
        }
        for (const topicId of [oldId, newId]) {
          await produce(transcript.at(id), `by id at ${id}`, name, [{ index: 0, records: batch(1) }], {
            version: 13,
            topicId,
          });
          await transcript.at(id).ask(`by id at ${id}`, MetadataRequest, 12, { topics: [{ name: null, topicId }] });
        }
      }
    },
  },
];
