/**
 * WriteTxnMarkers (27), versions 1-2: a transaction's coordinator has partitions end it with a COMMIT or ABORT marker. Each
 * marker is appended with acks=all. A partition of `__consumer_offsets` is written by its group coordinator, which then
 * lets the transaction's offsets count, or drops them. Version 2 tells the transaction version (KIP-1228).
 */

import { ErrorCode } from "../protocol/error-codes.ts";
import { OFFSETS_TOPIC } from "../protocol/internal-topics.ts";
import { WriteTxnMarkersRequest, WriteTxnMarkersResponse } from "../protocol/messages/write-txn-markers.ts";
import type { Infer, Input } from "../protocol/schema.ts";
import { buildEndTransactionMarker } from "../record/control-record.ts";
import { DelayedAnswer, type PendingResult } from "../replica/delayed-answer.ts";
import { ACKS_ALL } from "../replica/partition.ts";
import type { ApiHandler } from "../server/api-handler.ts";
import type { Services } from "../server/services.ts";

type Marker = Infer<typeof WriteTxnMarkersRequest>["markers"][number];
type Response = Input<typeof WriteTxnMarkersResponse>;

const NO_PRODUCER_ID = -1;
const NO_PRODUCER_EPOCH = -1;

/** The results of each producer by topic and partition: two markers of one producer share an entry. */
type Results = Map<number, Map<string, Map<number, PendingResult>>>;

export const writeTxnMarkers: ApiHandler<typeof WriteTxnMarkersRequest, typeof WriteTxnMarkersResponse> = {
  request: WriteTxnMarkersRequest,
  response: WriteTxnMarkersResponse,
  handle(services, _context, request, reply) {
    const results: Results = new Map();
    if (request.markers.some((marker) => isOfNobody(marker) && namesPartitionHere(services, marker))) {
      for (const marker of request.markers) refuse(marker, results);
      reply(toResponse(results));
      return;
    }
    const unfinished = new Countdown(() => reply(toResponse(results)));
    services.replicas.batch(() => {
      for (const marker of request.markers) appendMarker(services, marker, results, unfinished);
      unfinished.done();
    });
  },
};

/** Such a marker can't be written; as with Apache Kafka, the whole request fails on it. */
function isOfNobody({ producerId, producerEpoch }: Marker): boolean {
  return producerId === NO_PRODUCER_ID || producerEpoch === NO_PRODUCER_EPOCH;
}

function namesPartitionHere({ replicas }: Services, { topics }: Marker): boolean {
  return topics.some(({ name, partitionIndexes }) =>
    partitionIndexes.some((index) => replicas.partition(name, index)?.log != null),
  );
}

function refuse({ producerId, topics }: Marker, results: Results): void {
  for (const { name, partitionIndexes } of topics) {
    const partitions = resultsOf(results, producerId, name);
    for (const index of partitionIndexes) partitions.set(index, { errorCode: ErrorCode.UNKNOWN_SERVER_ERROR });
  }
}

function appendMarker(services: Services, marker: Marker, results: Results, unfinished: Countdown): void {
  const timeoutMs = services.config["request.timeout.ms"];
  unfinished.add();
  const delayed = new DelayedAnswer("committed", () => unfinished.done());
  for (const { name, partitionIndexes } of marker.topics) {
    for (const index of new Set(partitionIndexes)) {
      const result = { errorCode: ErrorCode.NONE as number };
      resultsOf(results, marker.producerId, name).set(index, result);
      if (services.replicas.partition(name, index)?.log == null) {
        result.errorCode = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
      } else if (name === OFFSETS_TOPIC) {
        unfinished.add();
        services.groups.completeTransaction(index, toMarker(marker), timeoutMs, (errorCode) => {
          result.errorCode = withoutCoordinatorErrors(errorCode);
          unfinished.done();
        });
      } else appendToPartition(services, marker, name, index, result, delayed);
    }
  }
  delayed.start(services.runtime.clock, timeoutMs);
}

function appendToPartition(
  services: Services,
  marker: Marker,
  topic: string,
  index: number,
  result: PendingResult,
  delayed: DelayedAnswer,
): void {
  const { runtime, replicas } = services;
  const partition = replicas.partition(topic, index)!;
  const bytes = buildEndTransactionMarker({ ...toMarker(marker), timestamp: runtime.clock.now() }, runtime);
  const info = partition.appendRecordsToLeader(bytes, ACKS_ALL, {
    origin: "coordinator",
    transactionVersion: marker.transactionVersion,
  });
  result.errorCode = info.errorCode;
  if (info.errorCode !== ErrorCode.NONE) return;
  const known = partition.commitResult(info.lastOffset + 1);
  if (known === undefined) delayed.add(partition, info.lastOffset + 1, result);
  else result.errorCode = known;
}

function toMarker({ transactionResult, ...marker }: Marker) {
  return { ...marker, commit: transactionResult };
}

/** The coordinator of a transaction does not expect those of a group's: it asks again after the error of a replica. */
function withoutCoordinatorErrors(errorCode: number): number {
  switch (errorCode) {
    case ErrorCode.COORDINATOR_NOT_AVAILABLE:
    case ErrorCode.COORDINATOR_LOAD_IN_PROGRESS:
    case ErrorCode.NOT_COORDINATOR:
      return ErrorCode.NOT_LEADER_OR_FOLLOWER;
    default:
      return errorCode;
  }
}

function resultsOf(results: Results, producerId: number, topic: string): Map<number, PendingResult> {
  const topics = results.get(producerId) ?? new Map<string, Map<number, PendingResult>>();
  results.set(producerId, topics);
  const partitions = topics.get(topic) ?? new Map<number, PendingResult>();
  topics.set(topic, partitions);
  return partitions;
}

function toResponse(results: Results): Response {
  return {
    markers: [...results].map(([producerId, topics]) => ({
      producerId,
      topics: [...topics].map(([name, partitions]) => ({
        name,
        partitions: [...partitions].map(([partitionIndex, { errorCode }]) => ({ partitionIndex, errorCode })),
      })),
    })),
  };
}

/** Calls once when as much is done as was added; it counts its maker as one. */
class Countdown {
  #count = 1;
  readonly #finished: () => void;

  constructor(finished: () => void) {
    this.#finished = finished;
  }

  add(): void {
    this.#count++;
  }

  done(): void {
    if (--this.#count === 0) this.#finished();
  }
}
