import { joinParts } from "../../protocol/codec.ts";
import { CLUSTER_METADATA_TOPIC } from "../../protocol/internal-topics.ts";
import { FetchSnapshotRequest, FetchSnapshotResponse } from "../../protocol/messages/fetch-snapshot.ts";
import type { Input } from "../../protocol/schema.ts";
import type { FileRange } from "../../runtime.ts";
import type * as Raft from "../raft-message.ts";
import { leaderFrom, METADATA_PARTITION, malformed, nodeEndpoints, only, type RaftApi, refused } from "./raft-api.ts";

export const fetchSnapshotApi: RaftApi<
  typeof FetchSnapshotRequest,
  typeof FetchSnapshotResponse,
  Raft.FetchSnapshotRequest
> = {
  request: FetchSnapshotRequest,
  response: FetchSnapshotResponse,

  encodeRequest({ clusterId, replica, currentLeaderEpoch, snapshotId, position, maxBytes }) {
    const partition = {
      partition: METADATA_PARTITION,
      currentLeaderEpoch,
      snapshotId: { endOffset: snapshotId.endOffset, epoch: snapshotId.epoch },
      position,
      replicaDirectoryId: replica.directoryId,
    };
    return {
      clusterId,
      replicaId: replica.id,
      maxBytes,
      topics: [{ name: CLUSTER_METADATA_TOPIC, partitions: [partition] }],
    };
  },

  decodeRequest({ clusterId, replicaId, maxBytes, topics }) {
    const topic = only(topics);
    const partition = only(topic?.partitions ?? []);
    if (topic?.name !== CLUSTER_METADATA_TOPIC || partition?.partition !== METADATA_PARTITION) return undefined;
    const { snapshotId, position, replicaDirectoryId, currentLeaderEpoch } = partition;
    return {
      type: "fetchSnapshot",
      clusterId,
      replica: { id: replicaId, directoryId: replicaDirectoryId },
      currentLeaderEpoch,
      snapshotId: { endOffset: snapshotId.endOffset, epoch: snapshotId.epoch },
      position,
      maxBytes,
    };
  },

  encodeResponse: (response, listenerName, version) =>
    encodeFetchSnapshotResponse(response, undefined, listenerName, version),

  decodeResponse({ errorCode, topics, nodeEndpoints }, listenerName) {
    if (errorCode !== 0) return refused(errorCode);
    const partition = only(only(topics)?.partitions ?? []);
    if (partition === undefined) return malformed("A FetchSnapshot answer");
    const { currentLeader, snapshotId, size, position, unalignedRecords } = partition;
    return {
      type: "fetchSnapshot",
      errorCode: partition.errorCode,
      leader: leaderFrom(currentLeader.leaderId, currentLeader.leaderEpoch, nodeEndpoints, listenerName),
      snapshotId: { endOffset: snapshotId.endOffset, epoch: snapshotId.epoch },
      sizeBytes: size,
      position,
      bytes: joinParts(unalignedRecords),
    };
  },
};

/** With the piece of the snapshot that the driver has opened. */
export function encodeFetchSnapshotResponse(
  response: Raft.RaftResponse,
  piece: FileRange | undefined,
  listenerName: string,
  version: number,
): Input<typeof FetchSnapshotResponse> {
  if (response.type !== "fetchSnapshot") return { errorCode: response.errorCode, topics: [] };
  const { errorCode, leader, snapshotId, sizeBytes, position } = response;
  const partition = {
    index: METADATA_PARTITION,
    errorCode,
    snapshotId: { endOffset: snapshotId.endOffset, epoch: snapshotId.epoch },
    currentLeader: { leaderId: leader.leaderId, leaderEpoch: leader.epoch },
    size: sizeBytes,
    position,
    unalignedRecords: piece === undefined ? [] : [piece],
  };
  return {
    errorCode: 0,
    topics: [{ name: CLUSTER_METADATA_TOPIC, partitions: [partition] }],
    nodeEndpoints: version >= 1 ? nodeEndpoints(leader, listenerName) : [],
  };
}
