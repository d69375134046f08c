import type { Log } from "../log/log.ts";
import type { LogReadOptions } from "../log/log-read-info.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import type { FetchIsolation, FetchParams } from "./fetch-params.ts";
import { type FetchPartition, NO_EPOCH, NO_REPLICA } from "./fetch-partition.ts";
import type { Partition } from "./partition.ts";
import { preferredReadReplica } from "./preferred-read-replica.ts";

/**
 * Reads one partition for a fetch and leaves what it found in `fetch`. Record bytes are not touched: the answer is a range
 * of the segment's file. `acknowledges` is true the first time a follower's request is read: its fetch offset then says
 * what it has.
 */
export function readPartition(
  partition: Partition,
  fetch: FetchPartition,
  params: FetchParams,
  maxBytes: number,
  minOneMessage: boolean,
  acknowledges: boolean,
): void {
  const errorCode =
    partition.checkAccess(fetch.currentLeaderEpoch, params.requireLeader) || checkReplica(partition, fetch, params);
  const log = partition.log;
  if (errorCode !== ErrorCode.NONE || log === null) {
    fetch.failed(errorCode);
    return;
  }
  // Taken before the read: what an acknowledgement below changes is news for the next fetch.
  const { highWatermark, logStartOffset, lastStableOffset, logEndOffset } = log;
  const offset = fetch.fetchOffset;
  fetch.divergingEpoch = NO_EPOCH;
  if (fetch.lastFetchedEpoch !== NO_EPOCH) {
    const end = log.endOffsetForEpoch(fetch.lastFetchedEpoch);
    if (end === undefined || offset < logStartOffset) {
      fetch.failed(ErrorCode.OFFSET_OUT_OF_RANGE);
      return;
    }
    if (end.epoch < fetch.lastFetchedEpoch || end.offset < offset) {
      fetch.divergingEpoch = end.epoch;
      fetch.divergingEndOffset = end.offset;
    }
  }
  fetch.errorCode = ErrorCode.NONE;
  fetch.highWatermark = highWatermark;
  fetch.lastStableOffset = lastStableOffset;
  fetch.logStartOffset = logStartOffset;
  fetch.records = null;
  fetch.abortedTransactions = null;
  fetch.preferredReadReplica = betterReplica(partition, offset, params);
  if (fetch.preferredReadReplica !== NO_REPLICA) return;
  if (fetch.divergingEpoch !== NO_EPOCH) return;
  if (!(offset >= logStartOffset && offset <= logEndOffset)) {
    fetch.failed(ErrorCode.OFFSET_OUT_OF_RANGE);
    return;
  }
  if (params.isolation === "committed") fetch.abortedTransactions = NO_ABORTED_TRANSACTIONS;
  const upToOffset = readLimit(partition, params.isolation);
  const mayRead = params.replicaId < 0 || !partition.isThrottledFor(params.replicaId);
  if (mayRead && offset < upToOffset && (maxBytes !== 0 || minOneMessage)) {
    // There is nothing that a negative size could mean; where nothing is to be read, it is not looked at.
    const failure =
      maxBytes < 0 ? ErrorCode.UNKNOWN_SERVER_ERROR : readRecords(log, fetch, maxBytes, { upToOffset, minOneMessage });
    if (failure !== ErrorCode.NONE) {
      fetch.failed(failure);
      return;
    }
  }
  if (acknowledges && params.replicaId >= 0) {
    const { replicaId, replicaEpoch } = params;
    const refusal = partition.followerFetched(replicaId, replicaEpoch, offset, fetch.followerLogStartOffset);
    if (refusal !== ErrorCode.NONE) fetch.failed(refusal);
  }
}

function betterReplica(partition: Partition, offset: number, { clientRack }: FetchParams): number {
  if (clientRack === null) return NO_REPLICA;
  return preferredReadReplica(partition, offset, clientRack.rack, clientRack.rackOf) ?? NO_REPLICA;
}

/** Answers an error code. */
function readRecords(log: Log, fetch: FetchPartition, maxBytes: number, options: LogReadOptions): number {
  const read = log.read(fetch.fetchOffset, maxBytes, options);
  if (read.errorCode !== ErrorCode.NONE) return read.errorCode;
  fetch.segmentBaseOffset = read.segmentBaseOffset;
  // A reader could do nothing with the piece, and asks again; Kafka lists no transactions then, not even none.
  if (read.firstEntryIncomplete) fetch.abortedTransactions = null;
  else fetch.records = read.records;
  if (fetch.abortedTransactions === null) return ErrorCode.NONE;
  const aborted = log.abortedTransactions(fetch.fetchOffset, read);
  // Without them the reader would take aborted records for good ones.
  if (aborted === undefined) return ErrorCode.KAFKA_STORAGE_ERROR;
  fetch.abortedTransactions = aborted;
  return ErrorCode.NONE;
}

/** Records at or above it are not shown to this reader. */
export function readLimit(partition: Partition, isolation: FetchIsolation): number {
  const log = partition.log;
  if (log === null) return -1;
  if (isolation === "log-end") return log.logEndOffset;
  return isolation === "high-watermark" ? log.highWatermark : log.lastStableOffset;
}

/**
 * A read ends with its segment. When there is more in the next one, waiting for `minBytes` could last for ever: the fetch
 * is answered with what the older segment has left.
 */
export function continuesInLaterSegment(fetch: FetchPartition, isolation: FetchIsolation): boolean {
  const partition = fetch.partition;
  if (fetch.records === null || partition === undefined || partition.log === null) return false;
  const { segments } = partition.log;
  if (segments.at(-1)!.baseOffset <= fetch.segmentBaseOffset) return false;
  const next = segments.find((segment) => segment.baseOffset > fetch.segmentBaseOffset)!;
  return readLimit(partition, isolation) > next.baseOffset;
}

const NO_ABORTED_TRANSACTIONS: readonly never[] = [];

/** A follower must be one of the replicas; one that is not yet known here asks again (KIP-320's retriable error). */
function checkReplica(partition: Partition, fetch: FetchPartition, params: FetchParams): number {
  if (params.replicaId < 0 || partition.followers.has(params.replicaId)) return ErrorCode.NONE;
  return fetch.currentLeaderEpoch === NO_EPOCH ? ErrorCode.NOT_LEADER_OR_FOLLOWER : ErrorCode.UNKNOWN_LEADER_EPOCH;
}
