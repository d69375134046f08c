import { AlterPartitionReassignmentsRequest } from "../../../../src/protocol/messages/alter-partition-reassignments.ts";
import { DescribeProducersRequest } from "../../../../src/protocol/messages/describe-producers.ts";
import { ElectLeadersRequest, ElectLeadersResponse } from "../../../../src/protocol/messages/elect-leaders.ts";
import { FetchRequest } from "../../../../src/protocol/messages/fetch.ts";
import { ListOffsetsRequest } from "../../../../src/protocol/messages/list-offsets.ts";
import { OffsetForLeaderEpochRequest } from "../../../../src/protocol/messages/offset-for-leader-epoch.ts";
import { batch, fetchBody, fetchPartition, produce } from "../record-requests.ts";
import { sleep } from "../scenario.ts";
import type { ClusterScenario, ClusterTranscript } from "./cluster-transcript.ts";

const BROKERS = [1, 2, 3];
const PRODUCER = 4_711;
const ELECTION_NOT_NEEDED = 84;

/** Lets this broker lead partition 0, and waits until every broker knows it and all replicas are in sync. */
async function letLead(transcript: ClusterTranscript, name: string, id: number): Promise<void> {
  const { connection } = transcript.at(1);
  const replicas = [id, ...BROKERS.filter((other) => other !== id)];
  await connection.ask(AlterPartitionReassignmentsRequest, 1, {
    timeoutMs: 10_000,
    topics: [{ name, partitions: [{ partitionIndex: 0, replicas }] }],
  });
  for (;;) {
    const answer = await connection.call(ElectLeadersRequest, ElectLeadersResponse, 2, {
      electionType: 0,
      topicPartitions: [{ topic: name, partitions: [0] }],
      timeoutMs: 10_000,
    });
    const { errorCode } = answer.replicaElectionResults[0]!.partitionResult[0]!;
    if (errorCode === 0 || errorCode === ELECTION_NOT_NEEDED) break;
    await sleep(100);
  }
  await transcript.applied();
  await transcript.untilPartition(name, 0, ({ leaderId, isrNodes }) => leaderId === id && isrNodes.length === 3);
}

export const leaderChangeScenarios: ClusterScenario[] = [
  {
    name: "after changes of leaders, epochs and producers are known alike",
    async run(transcript) {
      const name = "sbs-changes";
      await transcript.createTopic(name, [[1, 2, 3]]);
      const topicId = await transcript.topicId(name);
      const send = (step: string, id: number, count: number, baseSequence: number, producerEpoch = 0) => {
        const records = batch(count, { producerId: PRODUCER, producerEpoch, baseSequence });
        return produce(transcript.at(id), `${step} at ${id}`, name, [{ index: 0, records }]);
      };
      await send("five", 1, 5, 0);
      await letLead(transcript, name, 2);
      await send("five again", 1, 5, 0);
      await send("five again", 2, 5, 0);
      await send("a part of the five", 2, 2, 1);
      await send("three", 2, 3, 5);
      await letLead(transcript, name, 3);
      await letLead(transcript, name, 1);
      await send("three again", 1, 3, 5);
      await send("the five before", 1, 5, 0);
      await send("with a gap", 1, 1, 10);
      await send("in a new epoch", 1, 1, 0, 1);
      await send("in the old epoch", 1, 1, 8);
      await transcript.untilCommitted(name, 0, 9, BROKERS);
      for (const id of BROKERS) {
        const broker = transcript.at(id);
        await broker.ask(`producers at ${id}`, DescribeProducersRequest, 0, {
          topics: [{ name, partitionIndexes: [0] }],
        });
        for (const leaderEpoch of [-1, 0, 1, 2, 3, 4, 9]) {
          for (const currentLeaderEpoch of [-1, 2, 3, 4]) {
            await broker.ask(
              `end of ${leaderEpoch} in ${currentLeaderEpoch} at ${id}`,
              OffsetForLeaderEpochRequest,
              4,
              {
                replicaId: -1,
                topics: [{ topic: name, partitions: [{ partition: 0, leaderEpoch, currentLeaderEpoch }] }],
              },
            );
          }
          for (const [version, fetchOffset] of [12, 18].flatMap((each) => [0, 5, 7, 8, 9, 10].map((o) => [each, o]))) {
            await broker.ask(`${fetchOffset} of ${leaderEpoch} at ${id}`, FetchRequest, version!, {
              ...fetchBody(name, topicId, version!, [
                fetchPartition(0, fetchOffset!, { lastFetchedEpoch: leaderEpoch }),
              ]),
              maxWaitMs: 0,
            });
          }
          await broker.ask(`in ${leaderEpoch} at ${id}`, FetchRequest, 18, {
            ...fetchBody(name, topicId, 18, [fetchPartition(0, 0, { currentLeaderEpoch: leaderEpoch })]),
            maxWaitMs: 0,
          });
        }
        for (const timestamp of [-1, -2, -3, -4, 0, 1_700_000_000_010, 1_700_000_000_041]) {
          await broker.ask(`${timestamp} at ${id}`, ListOffsetsRequest, 11, {
            replicaId: -1,
            topics: [{ name, partitions: [{ partitionIndex: 0, timestamp }] }],
          });
        }
      }
    },
  },
];
