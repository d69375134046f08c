import { ErrorCode } from "../protocol/error-codes.ts";
import type { FetchIsolation } from "./fetch-params.ts";
import { type FetchPartition, NO_EPOCH, NO_REPLICA } from "./fetch-partition.ts";
import { readLimit } from "./read-partition.ts";

/** Whether a session's client has to be told of this partition; remembers that it will be. */
export function takeNews(partition: FetchPartition): boolean {
  const hasNews =
    partition.errorCode !== ErrorCode.NONE ||
    partition.sizeBytes > 0 ||
    partition.divergingEpoch !== NO_EPOCH ||
    partition.preferredReadReplica !== NO_REPLICA ||
    partition.highWatermark !== partition.sentHighWatermark ||
    partition.logStartOffset !== partition.sentLogStartOffset;
  // A failed read has neither offset: when the error goes away, they are news again.
  partition.sentHighWatermark = partition.highWatermark;
  partition.sentLogStartOffset = partition.logStartOffset;
  return hasNews;
}

/**
 * Whether a consumer that read it now would be told nothing, and so until somebody calls `partitionChanged`: the log may have
 * moved on since it was read. What depends on more than the partition is never sure: one that is not here, and a history
 * that may have parted, of which consumers do not ask.
 */
export function hasToldEverything(fetch: FetchPartition, isolation: FetchIsolation, requireLeader: boolean): boolean {
  const { partition, fetchOffset } = fetch;
  if (partition === undefined || partition.isDeleted || partition.log === null) return false;
  if (fetch.records !== null || fetch.lastFetchedEpoch !== NO_EPOCH) return false;
  if (partition.checkAccess(fetch.currentLeaderEpoch, requireLeader) !== ErrorCode.NONE) return false;
  const { highWatermark, logStartOffset, logEndOffset } = partition.log;
  return (
    highWatermark === fetch.sentHighWatermark &&
    logStartOffset === fetch.sentLogStartOffset &&
    fetchOffset >= logStartOffset &&
    fetchOffset <= logEndOffset &&
    fetchOffset >= readLimit(partition, isolation)
  );
}
