import { ErrorCode } from "../protocol/error-codes.ts";
import { CLUSTER_METADATA_TOPIC } from "../protocol/internal-topics.ts";
import type { DescribeQuorumRequest, DescribeQuorumResponse } from "../protocol/messages/describe-quorum.ts";
import type { Input } from "../protocol/schema.ts";
import type { DescribedReplica, QuorumDescription } from "../raft/quorum-description.ts";
import { type ApiError, apiError } from "./api-error.ts";

type Response = Input<typeof DescribeQuorumResponse>;

const UNKNOWN_PARTITION = apiError(
  ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
  "This server does not host this topic-partition.",
);

/** DescribeQuorum (KIP-595, KIP-836, KIP-853): only the leader knows how far the others are. */
export function describeQuorum(nodeId: number, quorum: QuorumDescription, request: DescribeQuorumRequest): Response {
  const [topic] = request.topics;
  const known =
    request.topics.length === 1 &&
    topic!.topicName === CLUSTER_METADATA_TOPIC &&
    topic!.partitions.length === 1 &&
    topic!.partitions[0]!.partitionIndex === 0;
  const isLeader = quorum.leaderId === nodeId;
  const problem = !known ? UNKNOWN_PARTITION : isLeader ? undefined : apiError(ErrorCode.NOT_LEADER_OR_FOLLOWER);
  return {
    errorCode: ErrorCode.NONE,
    errorMessage: "",
    topics: request.topics.map(({ topicName, partitions }) => ({
      topicName,
      partitions: partitions.map(({ partitionIndex }) =>
        problem === undefined ? partitionOf(quorum, partitionIndex) : failedPartition(partitionIndex, problem),
      ),
    })),
    nodes: (known ? quorum.nodes : []).map(({ id, endpoints }) => ({
      nodeId: id,
      listeners: endpoints.map(({ name, host, port }) => ({ name, host, port })),
    })),
  };
}

export function describeQuorumFailed({ errorCode, errorMessage }: ApiError): Response {
  return { errorCode, errorMessage, topics: [], nodes: [] };
}

type Partition = Response["topics"][number]["partitions"][number];

function partitionOf(quorum: QuorumDescription, partitionIndex: number): Partition {
  return {
    partitionIndex,
    errorCode: ErrorCode.NONE,
    errorMessage: "",
    leaderId: quorum.leaderId,
    leaderEpoch: quorum.epoch,
    highWatermark: quorum.highWatermark,
    currentVoters: quorum.voters.map(replicaOf),
    observers: quorum.observers.map(replicaOf),
  };
}

function failedPartition(partitionIndex: number, { errorCode, errorMessage }: ApiError): Partition {
  return {
    partitionIndex,
    errorCode,
    errorMessage,
    leaderId: 0,
    leaderEpoch: 0,
    highWatermark: 0,
    currentVoters: [],
    observers: [],
  };
}

function replicaOf(replica: DescribedReplica): Partition["currentVoters"][number] {
  return {
    replicaId: replica.id,
    replicaDirectoryId: replica.directoryId,
    logEndOffset: replica.logEndOffset,
    lastFetchTimestamp: replica.lastFetchTimestampMs,
    lastCaughtUpTimestamp: replica.lastCaughtUpTimestampMs,
  };
}
