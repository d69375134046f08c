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
 * Whether a consumer that has read it now would be told nothing by the next read, and so until somebody calls
 * `partitionChanged`. What depends on more than the partition is never sure: one that is not here, and a history that may have
 * parted, of which consumers do not ask. After a failed read the log has offsets that were not told.
 */
export function hasToldEverything(fetch: FetchPartition, isolation: FetchIsolation): boolean {
  const { partition, fetchOffset, lastFetchedEpoch } = fetch;
  if (partition === undefined || partition.log === null) return false;
  const { highWatermark, logStartOffset } = partition.log;
  return (
    lastFetchedEpoch === NO_EPOCH &&
    highWatermark === fetch.sentHighWatermark &&
    logStartOffset === fetch.sentLogStartOffset &&
    fetchOffset >= readLimit(partition, isolation)
  );
}
