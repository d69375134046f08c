/**
 * Fetch (1), versions 4-18: reads partitions within the limits of KIP-74 and waits for `minBytes` up to `maxWaitMs`.
 * Incremental sessions (KIP-227) from version 7, leader epochs (KIP-320) from 9, divergence detection (KIP-595) from 12,
 * topic ids (KIP-516) from 13, the present leader's address with an error (KIP-951) from 16. From version 11 on
 * consumers may read from a follower, and with `replica.selector.class` are sent to one in their rack (KIP-392). Record bytes go from the segment's file to the socket unseen.
 *
 * Left out: tiered storage.
 */

import { RACK_AWARE_REPLICA_SELECTOR } from "../config/cross-checks.ts";
import { ATTEMPTS_FROM_MEMORY } from "../log/read-from-memory.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import { FetchRequest, FetchResponse } from "../protocol/messages/fetch.ts";
import type { Infer, Input } from "../protocol/schema.ts";
import { ZERO_UUID } from "../protocol/uuid.ts";
import { FetchContext, type FetchContextResult } from "../replica/fetch-context.ts";
import { type ClientRack, consumerIsolation, type FetchIsolation, type FetchParams } from "../replica/fetch-params.ts";
import { FetchPartition, NO_EPOCH } from "../replica/fetch-partition.ts";
import type { ApiHandler } from "../server/api-handler.ts";
import { CurrentLeaders } from "../server/current-leader.ts";
import { liveEndpoint } from "../server/live-brokers.ts";
import type { RequestContext } from "../server/request-context.ts";
import type { Services } from "../server/services.ts";

type Request = Infer<typeof FetchRequest>;
type Response = Input<typeof FetchResponse>;
type TopicResponse = Response["responses"][number];
type PartitionResponse = TopicResponse["partitions"][number];

/** The replica id of this broker's own mover of replicas between directories; never a consumer's. */
const FUTURE_LOCAL_REPLICA_ID = -3;

export const fetch: ApiHandler<typeof FetchRequest, typeof FetchResponse> = {
  request: FetchRequest,
  response: FetchResponse,
  releasesFrame: true,
  handle(services, context, request, reply) {
    const { replicas } = services;
    const usesTopicIds = context.apiVersion >= 13;
    const params = toParams(services, context, request);
    const fetchContext = openContext(services, request, usesTopicIds, params);
    const answer = (read: readonly FetchPartition[], erroneous: readonly FetchPartition[] = []) => {
      if (params.replicaId >= 0) recordThrottledBytes(services, read);
      const all = erroneous.length === 0 ? read : [...read, ...erroneous];
      reply(toResponse(services, context, fetchContext.finish(all), params.replicaId >= 0));
    };
    const read = (attempts: number): void => {
      const interesting: FetchPartition[] = [];
      const erroneous: FetchPartition[] = [];
      for (const partition of fetchContext.toRead()) {
        const errorCode = replicas.resolve(partition, usesTopicIds);
        if (errorCode === ErrorCode.NONE) interesting.push(partition);
        else {
          refuse(partition, errorCode);
          erroneous.push(partition);
        }
      }
      // A partition that nobody could read does not keep the others from waiting; with nothing to read there is no wait.
      if (interesting.length + fetchContext.settledCount === 0) answer([], erroneous);
      // The session has counted the request: it goes on with the next epoch.
      else if (consumerIsolation(request.isolationLevel) === undefined) reply(unknownIsolation(context, request));
      else {
        replicas.fetch(params, interesting, {
          done: (partitions) => answer(partitions, erroneous),
          waits: (waiting) => fetchContext.waits(waiting),
          isGone: () => context.isDisconnected(),
          comeAgain: attempts === 0 ? undefined : () => readAgain(attempts - 1),
        });
      }
    };
    const readAgain = (attempts: number): void => {
      try {
        if (fetchContext.isOutdated || context.isDisconnected()) answer([]);
        else read(attempts);
      } catch (error) {
        context.breakDown(error);
      }
    };
    read(ATTEMPTS_FROM_MEMORY);
  },
};

function toParams(services: Services, context: RequestContext, request: Request): FetchParams {
  const isState = context.apiVersion >= 15;
  const replicaId = isState ? request.replicaState.replicaId : request.replicaId;
  const isConsumer = replicaId < 0 && replicaId !== FUTURE_LOCAL_REPLICA_ID;
  const maxBytes = Math.min(request.maxBytes, services.config["fetch.max.bytes"]);
  const isolation: FetchIsolation | undefined = isConsumer ? consumerIsolation(request.isolationLevel) : "log-end";
  return {
    replicaId,
    replicaEpoch: isState ? request.replicaState.replicaEpoch : -1,
    isolation: isolation ?? "high-watermark",
    requireLeader: replicaId >= 0 || context.apiVersion < 11,
    clientRack: isConsumer && context.apiVersion >= 11 ? clientRack(services, context, request.rackId) : null,
    maxWaitMs: request.maxWaitMs,
    minBytes: Math.min(request.minBytes, maxBytes),
    maxBytes,
  };
}

/** With `replica.selector.class` a consumer that tells its rack may read from a replica there. */
function clientRack(services: Services, { listenerName }: RequestContext, rack: string): ClientRack | null {
  if (rack === "" || services.config["replica.selector.class"] !== RACK_AWARE_REPLICA_SELECTOR) return null;
  const image = services.metadata();
  return {
    rack,
    rackOf: (brokerId) =>
      liveEndpoint(image, brokerId, listenerName) === undefined ? undefined : image.brokers.get(brokerId)!.rack,
  };
}

/** KIP-73: what goes to throttled replicas counts, in-sync ones included. */
function recordThrottledBytes({ replicas }: Services, partitions: readonly FetchPartition[]): void {
  let bytes = 0;
  for (const { partition, sizeBytes } of partitions) if (partition?.isThrottledLeader) bytes += sizeBytes;
  if (bytes > 0) replicas.quotas.leader.record(bytes);
}

function openContext(services: Services, request: Request, usesTopicIds: boolean, params: FetchParams): FetchContext {
  return FetchContext.open(
    services.replicas.fetchSessions,
    {
      sessionId: request.sessionId,
      sessionEpoch: request.sessionEpoch,
      usesTopicIds,
      params,
      forEachPartition(locate) {
        for (const { topic, topicId, partitions } of request.topics) {
          for (const asked of partitions) {
            const partition = locate(usesTopicIds ? topicId : topic, asked.partition);
            // Beyond 2^53 an offset is out of any log's range, rounded or not.
            partition.fetchOffset = Number(asked.fetchOffset);
            partition.maxBytes = asked.partitionMaxBytes;
            partition.currentLeaderEpoch = Math.max(asked.currentLeaderEpoch, NO_EPOCH);
            partition.lastFetchedEpoch = Math.max(asked.lastFetchedEpoch, NO_EPOCH);
            partition.followerLogStartOffset = Number(asked.logStartOffset);
          }
        }
      },
      forEachForgotten(forget) {
        for (const { topic, topicId, partitions } of request.forgottenTopicsData) {
          for (const index of partitions) forget(usesTopicIds ? topicId : topic, index);
        }
      },
    },
    (topicKey, index) =>
      usesTopicIds ? new FetchPartition(null, topicKey, index) : new FetchPartition(topicKey, ZERO_UUID, index),
  );
}

/** A partition that was not even tried; unlike after a failed read, the list of aborted transactions is empty, not null. */
function refuse(partition: FetchPartition, errorCode: number): void {
  partition.failed(errorCode);
  partition.abortedTransactions = [];
}

/** Before version 13 the partitions say it, too: older versions have no error of the whole request. */
function unknownIsolation({ apiVersion }: RequestContext, request: Request): Response {
  const errorCode = ErrorCode.UNKNOWN_SERVER_ERROR;
  const failed = ({ partition }: Request["topics"][number]["partitions"][number]): PartitionResponse => ({
    partitionIndex: partition,
    errorCode,
    highWatermark: -1,
    abortedTransactions: [],
    records: [],
  });
  const topics = apiVersion >= 13 ? [] : request.topics;
  const responses = topics.map(({ topic, partitions }) => ({ topic, partitions: partitions.map(failed) }));
  const response: Response = { throttleTimeMs: 0, errorCode, responses };
  if (apiVersion >= 7) response.sessionId = request.sessionId;
  return response;
}

function toResponse(
  services: Services,
  context: RequestContext,
  result: FetchContextResult,
  isFromFollower: boolean,
): Response {
  const { apiVersion } = context;
  const leaders = apiVersion >= 16 ? new CurrentLeaders(services, context.listenerName) : undefined;
  const responses: TopicResponse[] = [];
  let previous: FetchPartition | undefined;
  let partitions: PartitionResponse[] = [];
  for (const partition of result.partitions) {
    // Neighbours of one topic share an entry; the order is the order of reading.
    if (previous?.topic !== partition.topic || previous.topicId !== partition.topicId) {
      partitions = [];
      responses.push({ topic: partition.topic ?? "", topicId: partition.topicId, partitions });
    }
    partitions.push(toPartitionResponse(partition, apiVersion, leaders));
    previous = partition;
  }
  const response: Response = { throttleTimeMs: 0, errorCode: result.errorCode, responses };
  if (apiVersion >= 7) response.sessionId = result.sessionId;
  // A follower knows where the brokers are.
  if (leaders !== undefined && !isFromFollower) response.nodeEndpoints = leaders.endpoints;
  return response;
}

function toPartitionResponse(
  partition: FetchPartition,
  apiVersion: number,
  leaders: CurrentLeaders | undefined,
): PartitionResponse {
  const { errorCode } = partition;
  const response: PartitionResponse = {
    partitionIndex: partition.index,
    // Clients of these versions take a storage error for an unknown one and give up; this one they retry.
    errorCode:
      errorCode === ErrorCode.KAFKA_STORAGE_ERROR && apiVersion <= 5 ? ErrorCode.NOT_LEADER_OR_FOLLOWER : errorCode,
    highWatermark: partition.highWatermark,
    lastStableOffset: partition.lastStableOffset,
    logStartOffset: partition.logStartOffset,
    abortedTransactions: partition.abortedTransactions,
    records: partition.records === null ? [] : [partition.records],
  };
  if (apiVersion >= 11) response.preferredReadReplica = partition.preferredReadReplica;
  if (partition.divergingEpoch !== NO_EPOCH) {
    response.divergingEpoch = { epoch: partition.divergingEpoch, endOffset: partition.divergingEndOffset };
  }
  const isWrongLeader = errorCode === ErrorCode.NOT_LEADER_OR_FOLLOWER || errorCode === ErrorCode.FENCED_LEADER_EPOCH;
  if (leaders !== undefined && isWrongLeader && partition.topic !== null) {
    response.currentLeader = leaders.of(partition.topic, partition.index);
  }
  return response;
}
