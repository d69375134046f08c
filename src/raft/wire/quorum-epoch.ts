import { CLUSTER_METADATA_TOPIC } from "../../protocol/internal-topics.ts";
import { BeginQuorumEpochRequest, BeginQuorumEpochResponse } from "../../protocol/messages/begin-quorum-epoch.ts";
import { EndQuorumEpochRequest, EndQuorumEpochResponse } from "../../protocol/messages/end-quorum-epoch.ts";
import { ZERO_UUID } from "../../protocol/uuid.ts";
import type * as Raft from "../raft-message.ts";
import {
  endpointsFrom,
  leaderFrom,
  METADATA_PARTITION,
  malformed,
  nodeEndpoints,
  only,
  type RaftApi,
  refused,
} from "./raft-api.ts";

export const beginQuorumEpochApi: RaftApi<
  typeof BeginQuorumEpochRequest,
  typeof BeginQuorumEpochResponse,
  Raft.BeginQuorumEpochRequest
> = {
  request: BeginQuorumEpochRequest,
  response: BeginQuorumEpochResponse,

  encodeRequest({ clusterId, voter, leader }, version) {
    const partition = {
      partitionIndex: METADATA_PARTITION,
      voterDirectoryId: voter?.directoryId,
      leaderId: leader.leaderId,
      leaderEpoch: leader.epoch,
    };
    return {
      clusterId,
      voterId: voter?.id,
      topics: [{ topicName: CLUSTER_METADATA_TOPIC, partitions: [partition] }],
      leaderEndpoints: version >= 1 ? endpointsFrom(leader.endpoints) : [],
    };
  },

  decodeRequest({ clusterId, voterId, topics, leaderEndpoints }) {
    const topic = only(topics);
    const partition = only(topic?.partitions ?? []);
    if (topic?.topicName !== CLUSTER_METADATA_TOPIC || partition?.partitionIndex !== METADATA_PARTITION)
      return undefined;
    const { leaderId, leaderEpoch, voterDirectoryId } = partition;
    return {
      type: "beginQuorumEpoch",
      clusterId,
      voter: voterId < 0 ? undefined : { id: voterId, directoryId: voterDirectoryId },
      leader: { leaderId, epoch: leaderEpoch, endpoints: endpointsFrom(leaderEndpoints) },
    };
  },

  encodeResponse: (response, listenerName, version) => encodeEpochResponse(response, listenerName, version),

  decodeResponse: (message, listenerName) => decodeEpochResponse("beginQuorumEpoch", message, listenerName),
};

export const endQuorumEpochApi: RaftApi<
  typeof EndQuorumEpochRequest,
  typeof EndQuorumEpochResponse,
  Raft.EndQuorumEpochRequest
> = {
  request: EndQuorumEpochRequest,
  response: EndQuorumEpochResponse,

  encodeRequest({ clusterId, leader, preferredSuccessors }, version) {
    const partition = {
      partitionIndex: METADATA_PARTITION,
      leaderId: leader.leaderId,
      leaderEpoch: leader.epoch,
      preferredSuccessors: version === 0 ? preferredSuccessors.map(({ id }) => id) : [],
      preferredCandidates: preferredSuccessors.map(({ id, directoryId }) => ({
        candidateId: id,
        candidateDirectoryId: directoryId,
      })),
    };
    return {
      clusterId,
      topics: [{ topicName: CLUSTER_METADATA_TOPIC, partitions: [partition] }],
      leaderEndpoints: version >= 1 ? endpointsFrom(leader.endpoints) : [],
    };
  },

  decodeRequest({ clusterId, topics, leaderEndpoints }) {
    const topic = only(topics);
    const partition = only(topic?.partitions ?? []);
    if (topic?.topicName !== CLUSTER_METADATA_TOPIC || partition?.partitionIndex !== METADATA_PARTITION)
      return undefined;
    const { leaderId, leaderEpoch, preferredCandidates, preferredSuccessors } = partition;
    const successors =
      preferredCandidates.length > 0
        ? preferredCandidates.map(({ candidateId, candidateDirectoryId }) => ({
            id: candidateId,
            directoryId: candidateDirectoryId,
          }))
        : preferredSuccessors.map((id) => ({ id, directoryId: ZERO_UUID }));
    return {
      type: "endQuorumEpoch",
      clusterId,
      leader: { leaderId, epoch: leaderEpoch, endpoints: endpointsFrom(leaderEndpoints) },
      preferredSuccessors: successors,
    };
  },

  encodeResponse: (response, listenerName, version) => encodeEpochResponse(response, listenerName, version),

  decodeResponse: (message, listenerName) => decodeEpochResponse("endQuorumEpoch", message, listenerName),
};

/** The two answers have the same fields. */
function encodeEpochResponse(response: Raft.RaftResponse, listenerName: string, version: number) {
  if (response.type !== "beginQuorumEpoch" && response.type !== "endQuorumEpoch") {
    return { errorCode: response.errorCode, topics: [] };
  }
  const { errorCode, leader } = response;
  const { leaderId, epoch } = leader;
  const partition = { partitionIndex: METADATA_PARTITION, errorCode, leaderId, leaderEpoch: epoch };
  return {
    errorCode: 0,
    topics: [{ topicName: CLUSTER_METADATA_TOPIC, partitions: [partition] }],
    nodeEndpoints: version >= 1 ? nodeEndpoints(leader, listenerName) : [],
  };
}

function decodeEpochResponse(
  type: Raft.EpochResponse["type"],
  { errorCode, topics, nodeEndpoints }: BeginQuorumEpochResponse | EndQuorumEpochResponse,
  listenerName: string,
): Raft.RaftResponse {
  if (errorCode !== 0) return refused(errorCode);
  const partition = only(only(topics)?.partitions ?? []);
  if (partition === undefined) return malformed("The answer to a quorum epoch");
  const leader = leaderFrom(partition.leaderId, partition.leaderEpoch, nodeEndpoints, listenerName);
  return { type, errorCode: partition.errorCode, leader };
}
