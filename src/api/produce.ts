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

import type { DiskWatch } from "../disk-watch.ts";
import type { RequestBudget } from "../log/batch-preparer.ts";
import { type CheckedBatch, checkClientBatch, needsCodec } from "../log/client-batch.ts";
import { appendRefused, type LogAppendInfo } from "../log/log-append-info.ts";
import { ErrorCode, errorName } from "../protocol/error-codes.ts";
import { INTERNAL_TOPICS } from "../protocol/internal-topics.ts";
import { ProduceRequest, ProduceResponse } from "../protocol/messages/produce.ts";
import type { Input } from "../protocol/schema.ts";
import { CompressionType } from "../record/compression/index.ts";
import * as RecordBatch from "../record/record-batch.ts";
import type { AppendLine } from "../replica/append-line.ts";
import { DelayedAnswer } from "../replica/delayed-answer.ts";
import { ACKS_ALL, type Partition } from "../replica/partition.ts";
import { type LinedAppend, type QueuedAppend, RequestAppends } from "../replica/request-appends.ts";
import { stalledDiskOf } from "../replica/stalled-appends.ts";
import type { ApiHandler } from "../server/api-handler.ts";
import { CurrentLeaders } from "../server/current-leader.ts";
import type { RequestContext } from "../server/request-context.ts";
import type { Services } from "../server/services.ts";
import { type ProduceRefusal, refusalOf } from "./produce-refusal.ts";
import { eachOnce, type ProduceTopic } from "./produce-topics.ts";

type Response = Input<typeof ProduceResponse>;
type TopicResponse = Response["responses"][number];
type PartitionResponse = TopicResponse["partitionResponses"][number];

/** Producers of this version on leave it to the broker to add partitions to their transactions (KIP-890). */
const ADDS_PARTITIONS_VERSION = 12;
const ACKS_LEADER = 1;
const UNKNOWN_TOPIC_ID: ProduceRefusal = { errorCode: ErrorCode.UNKNOWN_TOPIC_ID, errorMessage: null };
/** The one client that may write to internal topics. */
const ADMIN_CLIENT_ID = "__admin_client";

export const produce: ApiHandler<typeof ProduceRequest, typeof ProduceResponse> = {
  request: ProduceRequest,
  response: ProduceResponse,
  // The records are in the log when `handle` returns, or else stand in line; what may be waited for is their replication.
  pipelined: true,
  releasesFrame: true,
  handle(services, context, request, reply) {
    const { acks } = request;
    const delayed = new DelayedAnswer(acks === ACKS_ALL ? "committed" : "settled", () => {
      if (acks !== 0) reply(toResponse(services, context, responses));
      else {
        reply(null);
        closeOnError(context, responses);
      }
    });
    const refusal = refusalOf(request);
    const source = { services, context, acks, delayed };
    const appends: ProduceAppend[] = [];
    const responses = eachOnce(request.topicData, (records) => findProblem(records, context.apiVersion))
      .filter(hasPartitions)
      .map((topic) => (refusal === undefined ? planTopic(source, topic, appends) : refuseTopic(topic, refusal)));
    appendInOrder(source, appends, () => {
      delayed.start(services.runtime.clock, request.timeoutMs);
      // What the answer may still wait for is replication.
      context.releaseFrame();
    });
  },
};

/** What the appends of a request have in common. */
interface ProduceSource {
  readonly services: Services;
  readonly context: RequestContext;
  readonly acks: number;
  readonly delayed: DelayedAnswer;
}

/** A batch that nothing stands against so far, and its place in the answer. */
class ProduceAppend implements LinedAppend {
  readonly partition: Partition;
  readonly batch: Uint8Array;
  /** Once its check has been done apart from the append. */
  check: CheckedBatch | undefined = undefined;
  awaitsCheck = false;
  queued: QueuedAppend | undefined = undefined;
  private readonly source: ProduceSource;
  private readonly response: PartitionResponse;

  constructor(source: ProduceSource, partition: Partition, batch: Uint8Array, response: PartitionResponse) {
    this.source = source;
    this.partition = partition;
    this.batch = batch;
    this.response = response;
  }

  get line(): AppendLine {
    return this.partition.appendLine;
  }

  get sizeBytes(): number {
    return this.batch.length;
  }

  get stalledDisk(): DiskWatch | undefined {
    return stalledDiskOf(this.partition.log);
  }

  append(): DiskWatch | undefined {
    try {
      let stalledDisk: DiskWatch | undefined;
      this.source.services.replicas.batch(() => {
        stalledDisk = this.appendNow();
      });
      return stalledDisk;
    } catch (error) {
      this.source.context.breakDown(error);
      return undefined;
    }
  }

  /** As {@link append}, within a batch of changes to replicas. Throws. */
  appendNow(): DiskWatch | undefined {
    const { source, partition, response } = this;
    const info = appendBatch(source, this);
    fillPartitionResponse(response, info);
    if (info.errorCode === ErrorCode.KAFKA_STORAGE_ERROR) return this.stalledDisk;
    if (info.errorCode !== ErrorCode.NONE) return undefined;
    const { acks, delayed } = source;
    const requiredOffset = info.lastOffset + 1;
    if (acks === ACKS_ALL) awaitReplication(partition, requiredOffset, response, delayed);
    else if (acks === ACKS_LEADER && !partition.isSettled(requiredOffset)) {
      delayed.add(partition, requiredOffset, response);
    }
    return undefined;
  }
}

/** A topic without partitions has no place in the answer. */
const hasPartitions = ({ partitionData }: ProduceTopic): boolean => partitionData.length > 0;

function acksProblem(acks: number): number {
  return acks === 0 || acks === ACKS_LEADER || acks === ACKS_ALL ? ErrorCode.NONE : ErrorCode.INVALID_REQUIRED_ACKS;
}

function refuseTopic(topic: ProduceTopic, { errorCode, errorMessage }: ProduceRefusal): TopicResponse {
  const partitionResponses = topic.partitionData.map(({ index }) =>
    toPartitionResponse(index, { ...appendRefused(errorCode), errorMessage }),
  );
  return { name: topic.name, topicId: topic.topicId, partitionResponses };
}

/** Answers what is refused already; the rest is added to `appends`. */
function planTopic(source: ProduceSource, topic: ProduceTopic, appends: ProduceAppend[]): TopicResponse {
  const { services, context, acks } = source;
  const { replicas } = services;
  const usesTopicIds = context.apiVersion >= 13;
  const name = usesTopicIds ? services.metadata().topics.byId(topic.topicId)?.name : topic.name;
  if (name === undefined) return refuseTopic(topic, UNKNOWN_TOPIC_ID);
  const isForbidden = INTERNAL_TOPICS.has(name) && context.clientId !== ADMIN_CLIENT_ID;
  const partitionResponses: PartitionResponse[] = [];
  for (const { index, records, otherProblem = ErrorCode.NONE } of topic.partitionData) {
    const partition = replicas.partition(name, index);
    let errorCode = partition === undefined ? replicas.missingErrorCode(name, index) : ErrorCode.NONE;
    if (errorCode !== ErrorCode.UNKNOWN_TOPIC_OR_PARTITION) {
      const problem = findProblem(records, context.apiVersion) || acksProblem(acks);
      if (problem !== ErrorCode.NONE) errorCode = problem;
      else if (isForbidden) errorCode = ErrorCode.INVALID_TOPIC_EXCEPTION;
    }
    const response = toPartitionResponse(index, appendRefused(errorCode));
    const isOther = otherProblem !== ErrorCode.NONE && errorCode !== ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
    // Then nobody sees what becomes of those that are appended.
    partitionResponses.push(isOther ? toPartitionResponse(index, appendRefused(otherProblem)) : response);
    if (errorCode !== ErrorCode.NONE) continue;
    const batch = records!.subarray(0, RecordBatch.sizeInBytes(records!, 0));
    appends.push(new ProduceAppend(source, partition!, batch, response));
  }
  return { name: topic.name, topicId: topic.topicId, partitionResponses };
}

/**
 * Appends at once, unless a batch takes so long to check that another thread does it, or an earlier request of the connection,
 * or an earlier append to one of the partitions, waits; or unless a disk does not take it.
 */
function appendInOrder(source: ProduceSource, appends: readonly ProduceAppend[], done: () => void): void {
  const { services, context } = source;
  let unfinished = appends;
  if (mayAppendNow(source, appends)) {
    services.replicas.batch(() => {
      unfinished = appends.filter((append) => append.appendNow() !== undefined);
      if (unfinished.length === 0) done();
    });
    if (unfinished.length === 0) return;
  }
  const attempt = () => {
    try {
      done();
    } catch (error) {
      context.breakDown(error);
    }
  };
  new RequestAppends(services.stalledAppends, context.appendLine, unfinished, attempt).join();
}

/** Has those checked by other threads that take long. */
function mayAppendNow({ services, context, acks }: ProduceSource, appends: readonly ProduceAppend[]): boolean {
  let mayAppend = context.appendLine.isEmpty;
  let budget: RequestBudget | undefined;
  for (const append of appends) {
    const { partition, batch } = append;
    if (!partition.appendLine.isEmpty) mayAppend = false;
    if (partition.appendRefusal(acks) !== ErrorCode.NONE || !needsCodec(batch, partition.log!.config)) continue;
    budget ??= services.batchPreparer.openBudget();
    append.check = services.batchPreparer.prepare(batch, partition.log!.config, budget, (check) => {
      append.check = check;
      append.awaitsCheck = false;
      append.queued!.checked();
    });
    append.awaitsCheck = append.check === undefined;
    if (append.awaitsCheck) mayAppend = false;
  }
  return mayAppend;
}

function appendBatch({ services, context, acks }: ProduceSource, append: ProduceAppend): LogAppendInfo {
  const { partition, batch } = append;
  if (RecordBatch.isTransactional(batch, 0) && isUnverified(services, context, partition, batch)) {
    const refused = appendRefused(ErrorCode.INVALID_TXN_STATE, partition.log?.logStartOffset);
    return { ...refused, errorMessage: "Partition was not added to the transaction" };
  }
  const refusal = partition.appendRefusal(acks);
  if (refusal !== ErrorCode.NONE) return appendRefused(refusal, partition.log?.logStartOffset);
  const log = partition.log!;
  // Kept, as it can't be done again once the batch has been given an offset.
  if (!log.isStalled)
    append.check ??= checkClientBatch(batch, log.config, services.runtime.clock.now(), services.runtime);
  return partition.appendRecordsToLeader(batch, acks, { checked: append.check });
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

function toPartitionResponse(index: number, info: LogAppendInfo): PartitionResponse {
  const response = { index, errorCode: ErrorCode.NONE, baseOffset: -1 };
  fillPartitionResponse(response, info);
  return response;
}

function fillPartitionResponse(response: PartitionResponse, info: LogAppendInfo): void {
  response.errorCode = info.errorCode;
  response.baseOffset = info.firstOffset;
  response.logAppendTimeMs = info.logAppendTimeMs;
  response.logStartOffset = info.logStartOffset;
  response.recordErrors = info.recordErrors.map(({ batchIndex, message }) => ({
    batchIndex,
    batchIndexErrorMessage: message,
  }));
  response.errorMessage = info.errorMessage;
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
