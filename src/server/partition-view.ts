import type { MetadataImage } from "../controller/metadata-image.ts";
import type { PartitionRegistration } from "../controller/partition-registration.ts";
import { isReservedDirectory, LOST_DIRECTORY } from "../protocol/directory-id.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import { liveEndpoint } from "./live-brokers.ts";

/** A partition as Metadata and DescribeTopicPartitions tell it to a client of one listener. */
export interface PartitionView {
  readonly errorCode: number;
  readonly leaderId: number;
  readonly offlineReplicas: number[];
}

/** `listenerErrors`: say LISTENER_NOT_FOUND, which clients know from Metadata version 6 on (KIP-302). */
export function viewPartition(
  image: MetadataImage,
  partition: PartitionRegistration,
  listenerName: string,
  listenerErrors: boolean,
): PartitionView {
  const offlineReplicas = partition.replicas.filter((id, index) =>
    isOffline(image, partition, id, index, listenerName),
  );
  if (liveEndpoint(image, partition.leader, listenerName) !== undefined) {
    return { errorCode: ErrorCode.NONE, leaderId: partition.leader, offlineReplicas };
  }
  const noListener = listenerErrors && image.brokers.has(partition.leader);
  const errorCode = noListener ? ErrorCode.LISTENER_NOT_FOUND : ErrorCode.LEADER_NOT_AVAILABLE;
  return { errorCode, leaderId: -1, offlineReplicas };
}

function isOffline(
  image: MetadataImage,
  partition: PartitionRegistration,
  brokerId: number,
  index: number,
  listenerName: string,
): boolean {
  if (liveEndpoint(image, brokerId, listenerName) === undefined) return true;
  const directory = partition.directories[index];
  if (directory === undefined) return false;
  if (directory === LOST_DIRECTORY) return true;
  const online = image.brokers.get(brokerId)!.directories;
  return !isReservedDirectory(directory) && !online.includes(directory);
}
