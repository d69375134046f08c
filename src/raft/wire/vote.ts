import { CLUSTER_METADATA_TOPIC } from "../../protocol/internal-topics.ts";
import { VoteRequest, VoteResponse } from "../../protocol/messages/vote.ts";
import type * as Raft from "../raft-message.ts";
import { leaderFrom, METADATA_PARTITION, malformed, nodeEndpoints, only, type RaftApi, refused } from "./raft-api.ts";

export const voteApi: RaftApi<typeof VoteRequest, typeof VoteResponse, Raft.VoteRequest> = {
  request: VoteRequest,
  response: VoteResponse,

  encodeRequest({ clusterId, voter, candidate, epoch, logEnd, preVote }) {
    const partition = {
      partitionIndex: METADATA_PARTITION,
      replicaEpoch: epoch,
      replicaId: candidate.id,
      replicaDirectoryId: candidate.directoryId,
      voterDirectoryId: voter?.directoryId,
      lastOffsetEpoch: logEnd.epoch,
      lastOffset: logEnd.offset,
      preVote,
    };
    return { clusterId, voterId: voter?.id, topics: [{ topicName: CLUSTER_METADATA_TOPIC, partitions: [partition] }] };
  },

  decodeRequest({ clusterId, voterId, topics }) {
    const topic = only(topics);
    const partition = only(topic?.partitions ?? []);
    if (topic?.topicName !== CLUSTER_METADATA_TOPIC || partition?.partitionIndex !== METADATA_PARTITION)
      return undefined;
    return {
      type: "vote",
      clusterId,
      voter: voterId < 0 ? undefined : { id: voterId, directoryId: partition.voterDirectoryId },
      candidate: { id: partition.replicaId, directoryId: partition.replicaDirectoryId },
      epoch: partition.replicaEpoch,
      logEnd: { offset: partition.lastOffset, epoch: partition.lastOffsetEpoch },
      preVote: partition.preVote,
    };
  },

  encodeResponse(response, listenerName, version) {
    if (response.type !== "vote") return { errorCode: response.errorCode, topics: [] };
    const { errorCode, leader, granted } = response;
    const partition = {
      partitionIndex: METADATA_PARTITION,
      errorCode,
      leaderId: leader.leaderId,
      leaderEpoch: leader.epoch,
      voteGranted: granted,
    };
    return {
      errorCode: 0,
      topics: [{ topicName: CLUSTER_METADATA_TOPIC, partitions: [partition] }],
      nodeEndpoints: version >= 1 ? nodeEndpoints(leader, listenerName) : [],
    };
  },

  decodeResponse({ errorCode, topics, nodeEndpoints }, listenerName) {
    if (errorCode !== 0) return refused(errorCode);
    const partition = only(only(topics)?.partitions ?? []);
    if (partition === undefined) return malformed("A Vote answer");
    const leader = leaderFrom(partition.leaderId, partition.leaderEpoch, nodeEndpoints, listenerName);
    return { type: "vote", errorCode: partition.errorCode, leader, granted: partition.voteGranted };
  },
};
