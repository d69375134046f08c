import { AddRaftVoterRequest } from "../../../src/protocol/messages/add-raft-voter.ts";
import {
  DescribeClusterRequest,
  type DescribeClusterResponse,
} from "../../../src/protocol/messages/describe-cluster.ts";
import { DescribeQuorumRequest, type DescribeQuorumResponse } from "../../../src/protocol/messages/describe-quorum.ts";
import { RemoveRaftVoterRequest } from "../../../src/protocol/messages/remove-raft-voter.ts";
import type { Input } from "../../../src/protocol/schema.ts";
import { type Scenario, type Transcript, versionsOf } from "./scenario.ts";

type Removal = Partial<Input<typeof RemoveRaftVoterRequest>>;
type Addition = Partial<Input<typeof AddRaftVoterRequest>>;

const NOBODYS = "Zm9yIG5vIGRpcmVjdG9yeQ";
const NO_DIRECTORY = "AAAAAAAAAAAAAAAAAAAAAA";
const METADATA_LOG = { topicName: "__cluster_metadata", partitions: [{ partitionIndex: 0 }] };

/** The directory of the one voter there is. The normaliser then knows it and the cluster's id, where texts name them. */
async function onlyVoter(transcript: Transcript): Promise<string> {
  const request = { topics: [METADATA_LOG] };
  const { topics } = (await transcript.connection.ask(DescribeQuorumRequest, 2, request)) as DescribeQuorumResponse;
  const { replicaId, replicaDirectoryId } = topics[0]!.partitions[0]!.currentVoters[0]!;
  const { clusterId } = (await transcript.connection.ask(DescribeClusterRequest, 0, {
    includeClusterAuthorizedOperations: false,
  })) as DescribeClusterResponse;
  transcript.note("the only voter", { clusterId, replicaId, replicaDirectoryId });
  return replicaDirectoryId;
}

/** How far the log is, when that was seen and the controller's port are each broker's own. */
function comparable(answer: DescribeQuorumResponse) {
  const isKnown = (value: number | bigint) => value >= 0;
  const partitions = answer.topics[0]!.partitions.map(({ highWatermark, leaderEpoch, ...partition }) => ({
    ...partition,
    highWatermark: isKnown(highWatermark),
    leaderEpoch: leaderEpoch > 0,
    currentVoters: partition.currentVoters.map((voter) => ({
      ...voter,
      logEndOffset: isKnown(voter.logEndOffset),
      lastFetchTimestamp: isKnown(voter.lastFetchTimestamp),
      lastCaughtUpTimestamp: isKnown(voter.lastCaughtUpTimestamp),
    })),
  }));
  const nodes = answer.nodes.map(({ nodeId, listeners }) => ({
    nodeId,
    listeners: listeners.map(({ name, host }) => ({ name, host })),
  }));
  return { ...answer, topics: partitions, nodes };
}

export const quorumScenarios: Scenario[] = [
  {
    name: "a quorum that there is not is described alike",
    async run(transcript) {
      for (const version of versionsOf(DescribeQuorumRequest)) {
        const ask = (step: string, ...topics: (typeof METADATA_LOG)[]) =>
          transcript.ask(step, DescribeQuorumRequest, version, { topics });
        await ask("another topic", { topicName: "sbs-none", partitions: [{ partitionIndex: 0 }] });
        await ask("another partition", { ...METADATA_LOG, partitions: [{ partitionIndex: 1 }] });
        await ask("two partitions", { ...METADATA_LOG, partitions: [{ partitionIndex: 0 }, { partitionIndex: 1 }] });
        await ask("nothing");
      }
    },
  },
  {
    name: "the quorum is described alike",
    async run(transcript) {
      for (const version of versionsOf(DescribeQuorumRequest)) {
        const request = { topics: [METADATA_LOG] };
        const answer = await transcript.connection.ask(DescribeQuorumRequest, version, request);
        transcript.note(`version ${version}`, comparable(answer as DescribeQuorumResponse));
      }
    },
  },
  {
    name: "voters are refused alike",
    async run(transcript) {
      const directory = await onlyVoter(transcript);
      const remove = (step: string, request: Removal) =>
        transcript.ask(step, RemoveRaftVoterRequest, 0, {
          clusterId: null,
          voterId: 77,
          voterDirectoryId: NOBODYS,
          ...request,
        });
      await remove("remove who is no voter", {});
      await remove("remove the voter by another directory", { voterId: 1 });
      await remove("remove by no directory", { voterId: 1, voterDirectoryId: NO_DIRECTORY });
      await remove("remove a negative id", { voterId: -1 });
      await remove("remove from another cluster", { clusterId: "x" });
      for (const version of versionsOf(AddRaftVoterRequest)) {
        const add = (step: string, request: Addition) =>
          transcript.ask(step, AddRaftVoterRequest, version, {
            clusterId: null,
            timeoutMs: 5000,
            voterId: 2,
            voterDirectoryId: NOBODYS,
            listeners: [{ name: "CONTROLLER", host: "127.0.0.1", port: 1 }],
            ...request,
          });
        await add("add the voter again", { voterId: 1, voterDirectoryId: directory });
        await add("add the voter by another directory", { voterId: 1 });
        await add("add by no directory", { voterDirectoryId: NO_DIRECTORY });
        await add("add a negative id", { voterId: -1 });
        await add("add to another cluster", { clusterId: "x" });
        await add(NO_ENDPOINT, { listeners: [] });
      }
    },
  },
];

/** Apache Kafka names the class of its own map of endpoints. */
export const NO_ENDPOINT = "add without an endpoint";
