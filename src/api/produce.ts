/**
 * Produce (0), versions 3-13: one record batch for each partition, appended as it came. acks=0 is answered by nothing, and
 * an error then closes the connection; acks=1 once the leader has written; acks=-1 once every in-sync replica has.
 * Batches of idempotent producers are checked against what the producer sent before. Version 13 names topics by id.
 *
 * Left out: asking the transaction's coordinator (KIP-890), as there is none yet. Where Apache Kafka would ask (always from
 * version 12 on, which is to add the partition to the transaction; before, with `transaction.partition.verification.enable`),
 * the first batch of a transaction is answered by INVALID_TXN_STATE, as for a partition that was not added. Elsewhere
 * transactional batches are taken.
 */
import { INTERNAL_TOPICS } from "../controller/topic-name.ts";
import type { LogAppendInfo } from "../log/log-append-info.ts";
import { ErrorCode, errorName } from "../protocol/error-codes.ts";
import { ProduceRequest, ProduceResponse } from "../protocol/messages/produce.ts";
import type { Infer, Input } from "../protocol/schema.ts";
import { CompressionType } from "../record/compression/index.ts";
import * as RecordBatch from "../record/record-batch.ts";
import { DelayedAnswer } from "../replica/delayed-answer.ts";
import { failedAppend } from "../replica/failed-append.ts";
import { ACKS_ALL, type Partition } from "../replica/partition.ts";
import type { ApiHandler } from "../server/api-handler.ts";
import { CurrentLeaders } from "../server/current-leader.ts";
import type { RequestContext } from "../server/request-context.ts";
import type { Services } from "../server/services.ts";

type Request = Infer<typeof ProduceRequest>;
type Response = Input<typeof ProduceResponse>;
type TopicRequest = Request["topicData"][number];
type TopicResponse = Response["responses"][number];
type PartitionResponse = TopicResponse["partitionResponses"][number];

/** Producers of this version on leave it to the broker to add partitions to their transactions (KIP-890). */
const ADDS_PARTITIONS_VERSION = 12;
const ACKS_LEADER = 1;
/** The one client that may write to internal topics. */
const ADMIN_CLIENT_ID = "__admin_client";

export const produce: ApiHandler<typeof ProduceRequest, typeof ProduceResponse> = {
  request: ProduceRequest,
  response: ProduceResponse,
  // The records are in the log when `handle` returns; what may be waited for is only their replication.
  pipelined: true,
  releasesFrame: true,
  handle(services, context, request, reply) {
    const { acks } = request;
    const refusal = refuseAll(request);
    const delayed = new DelayedAnswer(acks === ACKS_ALL ? "committed" : "settled", () => {
      if (acks !== 0) reply(toResponse(services, context, responses));
      else {
        reply(null);
        closeOnError(context, responses);
      }
    });
    const responses: TopicResponse[] = [];
    services.replicas.batch(() => {
      for (const topic of request.topicData) {
        responses.push(
          refusal === ErrorCode.NONE
            ? appendTopic(services, context, request, topic, delayed)
            : refuseTopic(topic, refusal),
        );
      }
      delayed.start(services.runtime.clock, request.timeoutMs);
    });
  },
};

/** What is wrong with the request as a whole. */
function refuseAll(request: Request): number {
  const { acks, transactionalId, topicData } = request;
  if (transactionalId === null) {
    for (const topic of topicData) {
      for (const { records } of topic.partitionData) {
        if (isTransactional(records)) return ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED;
      }
    }
  }
  return acks === 0 || acks === ACKS_LEADER || acks === ACKS_ALL ? ErrorCode.NONE : ErrorCode.INVALID_REQUIRED_ACKS;
}

function refuseTopic(topic: TopicRequest, errorCode: number): TopicResponse {
  const partitionResponses = topic.partitionData.map(({ index }) =>
    toPartitionResponse(index, failedAppend(errorCode)),
  );
  return { name: topic.name, topicId: topic.topicId, partitionResponses };
}

function appendTopic(
  services: Services,
  context: RequestContext,
  request: Request,
  topic: TopicRequest,
  delayed: DelayedAnswer,
): TopicResponse {
  const { replicas } = services;
  const usesTopicIds = context.apiVersion >= 13;
  const name = usesTopicIds ? services.metadata().topics.byId(topic.topicId)?.name : topic.name;
  if (name === undefined) return refuseTopic(topic, ErrorCode.UNKNOWN_TOPIC_ID);
  const isForbidden = INTERNAL_TOPICS.has(name) && context.clientId !== ADMIN_CLIENT_ID;
  const partitionResponses: PartitionResponse[] = [];
  for (const { index, records } of topic.partitionData) {
    const partition = replicas.partition(name, index);
    const errorCode = partition === undefined ? replicas.missingErrorCode(name, index) : ErrorCode.NONE;
    let info: LogAppendInfo;
    if (errorCode === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION) info = failedAppend(errorCode);
    else {
      const problem = findProblem(records, context.apiVersion);
      if (problem !== ErrorCode.NONE) info = failedAppend(problem);
      else if (isForbidden) info = failedAppend(ErrorCode.INVALID_TOPIC_EXCEPTION);
      else if (partition === undefined) info = failedAppend(errorCode);
      else info = append(services, context, partition, records!, request.acks);
    }
    const response = toPartitionResponse(index, info);
    partitionResponses.push(response);
    if (info.errorCode !== ErrorCode.NONE) continue;
    if (request.acks === ACKS_ALL) awaitReplication(partition!, info.lastOffset + 1, response, delayed);
    else if (request.acks === ACKS_LEADER && !partition!.isSettled(info.lastOffset + 1)) {
      delayed.add(partition!, info.lastOffset + 1, response);
    }
  }
  return { name: topic.name, topicId: topic.topicId, partitionResponses };
}

function append(
  services: Services,
  context: RequestContext,
  partition: Partition,
  records: Uint8Array,
  acks: number,
): LogAppendInfo {
  if (isTransactional(records) && isUnverified(services, context, partition, records)) {
    const refused = failedAppend(ErrorCode.INVALID_TXN_STATE, partition.log?.logStartOffset);
    return { ...refused, errorMessage: "Partition was not added to the transaction" };
  }
  return partition.appendRecordsToLeader(records.subarray(0, RecordBatch.sizeInBytes(records, 0)), acks);
}

/** The batch begins a transaction of which only its coordinator could know. */
function isUnverified(services: Services, context: RequestContext, { log }: Partition, records: Uint8Array): boolean {
  const asksCoordinator =
    context.apiVersion >= ADDS_PARTITIONS_VERSION ||
    services.dynamicConfig()["transaction.partition.verification.enable"];
  return asksCoordinator && log?.producers.hasOngoingTransaction(records, 0) !== true;
}

function awaitReplication(
  partition: Partition,
  requiredOffset: number,
  response: PartitionResponse,
  delayed: DelayedAnswer,
): void {
  const known = partition.commitResult(requiredOffset);
  if (known === undefined) delayed.add(partition, requiredOffset, response);
  else response.errorCode = known;
}

/** From version 3 on, exactly one batch of magic 2 for each partition; zstd from version 7 on (KIP-110). */
function findProblem(records: Uint8Array | null, apiVersion: number): number {
  if (records === null) return ErrorCode.INVALID_RECORD;
  const problem = RecordBatch.findFramingProblem(records, 0);
  if (problem === "incomplete" || problem === "old magic") return ErrorCode.INVALID_RECORD;
  if (problem !== undefined) return ErrorCode.CORRUPT_MESSAGE;
  if (apiVersion < 7 && RecordBatch.compressionType(records, 0) === CompressionType.zstd) {
    return ErrorCode.UNSUPPORTED_COMPRESSION_TYPE;
  }
  const next = RecordBatch.findFramingProblem(records, RecordBatch.sizeInBytes(records, 0));
  if (next === undefined || next === "old magic") return ErrorCode.INVALID_RECORD;
  return next === "incomplete" ? ErrorCode.NONE : ErrorCode.CORRUPT_MESSAGE;
}

function isTransactional(records: Uint8Array | null): boolean {
  return (
    records !== null &&
    RecordBatch.findFramingProblem(records, 0) === undefined &&
    RecordBatch.isTransactional(records, 0)
  );
}

function toPartitionResponse(index: number, info: LogAppendInfo): PartitionResponse {
  return {
    index,
    errorCode: info.errorCode,
    baseOffset: info.firstOffset,
    logAppendTimeMs: info.logAppendTimeMs,
    logStartOffset: info.logStartOffset,
    recordErrors: info.recordErrors.map(({ batchIndex, message }) => ({
      batchIndex,
      batchIndexErrorMessage: message,
    })),
    errorMessage: info.errorMessage,
  };
}

function toResponse(services: Services, context: RequestContext, responses: TopicResponse[]): Response {
  if (context.apiVersion < 10) return { responses };
  const leaders = new CurrentLeaders(services, context.listenerName);
  for (const topic of responses) {
    for (const partition of topic.partitionResponses) {
      if (partition.errorCode !== ErrorCode.NOT_LEADER_OR_FOLLOWER) continue;
      const name = topic.name || services.metadata().topics.byId(topic.topicId!)?.name;
      if (name !== undefined) partition.currentLeader = leaders.of(name, partition.index);
    }
  }
  return { responses, nodeEndpoints: leaders.endpoints };
}

/** Nobody waits for an answer: losing the connection is how the producer learns that it should ask for metadata. */
function closeOnError(context: RequestContext, responses: TopicResponse[]): void {
  const errors: string[] = [];
  for (const { name, topicId, partitionResponses } of responses) {
    for (const { index, errorCode } of partitionResponses) {
      if (errorCode !== ErrorCode.NONE) errors.push(`${name || topicId}-${index}: ${errorName(errorCode)}`);
    }
  }
  if (errors.length > 0) context.disconnect(`produce with acks=0 failed: ${errors.join(", ")}`);
}
