import { joinParts } from "../../protocol/codec.ts";
import { CLUSTER_METADATA_TOPIC } from "../../protocol/internal-topics.ts";
import { FetchRequest, FetchResponse } from "../../protocol/messages/fetch.ts";
import type { Input } from "../../protocol/schema.ts";
import type { FileRange } from "../../runtime.ts";
import type * as Raft from "../raft-message.ts";
import {
  leaderFrom,
  METADATA_PARTITION,
  METADATA_TOPIC_ID,
  malformed,
  nodeEndpoints,
  only,
  type RaftApi,
  refused,
} from "./raft-api.ts";

/** Fetch of the metadata log; from version 13 on the topic is named by its id, from 15 on the replica by its state. */
export const fetchApi: RaftApi<typeof FetchRequest, typeof FetchResponse, Raft.FetchRequest> = {
  request: FetchRequest,
  response: FetchResponse,

  encodeRequest(request, version) {
    const { clusterId, replica, currentLeaderEpoch, fetchOffset, lastFetchedEpoch, highWatermark } = request;
    const partition = {
      partition: METADATA_PARTITION,
      currentLeaderEpoch,
      fetchOffset,
      lastFetchedEpoch,
      logStartOffset: -1,
      partitionMaxBytes: 0,
      replicaDirectoryId: replica.directoryId,
      highWatermark,
    };
    const identity =
      version >= 15 ? { replicaState: { replicaId: replica.id, replicaEpoch: -1 } } : { replicaId: replica.id };
    return {
      clusterId,
      ...identity,
      maxWaitMs: request.maxWaitMs,
      minBytes: 0,
      maxBytes: request.maxBytes,
      topics: [{ topic: CLUSTER_METADATA_TOPIC, topicId: METADATA_TOPIC_ID, partitions: [partition] }],
      forgottenTopicsData: [],
    };
  },

  decodeRequest({ clusterId, replicaId, replicaState, maxWaitMs, maxBytes, topics }, version) {
    const topic = only(topics);
    const partition = only(topic?.partitions ?? []);
    const isMetadata = version >= 13 ? topic?.topicId === METADATA_TOPIC_ID : topic?.topic === CLUSTER_METADATA_TOPIC;
    if (!isMetadata || partition?.partition !== METADATA_PARTITION) return undefined;
    return {
      type: "fetch",
      clusterId,
      replica: { id: version >= 15 ? replicaState.replicaId : replicaId, directoryId: partition.replicaDirectoryId },
      currentLeaderEpoch: partition.currentLeaderEpoch,
      // Beyond 2^53 an offset is out of any log's range, rounded or not.
      fetchOffset: Number(partition.fetchOffset),
      lastFetchedEpoch: partition.lastFetchedEpoch,
      highWatermark: Number(partition.highWatermark),
      maxWaitMs,
      maxBytes,
    };
  },

  encodeResponse: (response, listenerName, version) => encodeFetchResponse(response, undefined, listenerName, version),

  decodeResponse({ errorCode, responses, nodeEndpoints }, listenerName) {
    if (errorCode !== 0) return refused(errorCode);
    const partition = only(only(responses)?.partitions ?? []);
    if (partition === undefined) return malformed("A Fetch answer");
    const { divergingEpoch, snapshotId, currentLeader, records } = partition;
    return {
      type: "fetch",
      errorCode: partition.errorCode,
      leader: leaderFrom(currentLeader.leaderId, currentLeader.leaderEpoch, nodeEndpoints, listenerName),
      highWatermark: partition.highWatermark,
      logStartOffset: partition.logStartOffset,
      diverging:
        divergingEpoch.epoch < 0 ? undefined : { offset: divergingEpoch.endOffset, epoch: divergingEpoch.epoch },
      snapshotId: snapshotId.epoch < 0 || snapshotId.endOffset < 0 ? undefined : snapshotId,
      records: records === null || records.length === 0 ? undefined : joinParts(records),
    };
  },
};

/** With the records that the driver has read. */
export function encodeFetchResponse(
  response: Raft.RaftResponse,
  records: FileRange | undefined,
  listenerName: string,
  version: number,
): Input<typeof FetchResponse> {
  if (response.type !== "fetch") return { errorCode: response.errorCode, responses: [] };
  const { errorCode, leader, highWatermark, logStartOffset, diverging, snapshotId } = response;
  const partition = {
    partitionIndex: METADATA_PARTITION,
    errorCode,
    highWatermark,
    logStartOffset,
    ...(diverging && { divergingEpoch: { epoch: diverging.epoch, endOffset: diverging.offset } }),
    currentLeader: { leaderId: leader.leaderId, leaderEpoch: leader.epoch },
    ...(snapshotId && { snapshotId: { endOffset: snapshotId.endOffset, epoch: snapshotId.epoch } }),
    abortedTransactions: null,
    records: records === undefined ? [] : [records],
  };
  return {
    responses: [{ topic: CLUSTER_METADATA_TOPIC, topicId: METADATA_TOPIC_ID, partitions: [partition] }],
    nodeEndpoints: version >= 17 ? nodeEndpoints(leader, listenerName) : [],
  };
}
