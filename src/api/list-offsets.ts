/**
 * ListOffsets (2), versions 1-11: the offset at a time, at either end of the log (-2 earliest, -1 latest), of the largest
 * timestamp (-3), and where local and remote storage meet (-4, -5, -6). The latest offset is what the client could fetch at
 * its isolation level.
 *
 * Left out: tiered storage; -5 and -6 answer offset -1, as Apache Kafka does for topics without it.
 */
import { ErrorCode } from "../protocol/error-codes.ts";
import { ListOffsetsRequest, ListOffsetsResponse } from "../protocol/messages/list-offsets.ts";
import type { Infer, Input } from "../protocol/schema.ts";
import { consumerIsolation, type FetchIsolation } from "../replica/fetch-params.ts";
import { failedLookup, isTimestampSupported, type ListedOffset, listOffset } from "../replica/list-offset.ts";
import type { Clock } from "../runtime.ts";
import type { ApiHandler } from "../server/api-handler.ts";
import type { RequestContext } from "../server/request-context.ts";
import type { Services } from "../server/services.ts";

type Request = Infer<typeof ListOffsetsRequest>;
type PartitionRequest = Request["topics"][number]["partitions"][number];
type PartitionResponse = Input<typeof ListOffsetsResponse>["topics"][number]["partitions"][number];

const CONSUMER_REPLICA_ID = -1;
/** Tools that look at one replica, whoever leads. */
const DEBUGGING_REPLICA_ID = -2;

export const listOffsets: ApiHandler<typeof ListOffsetsRequest, typeof ListOffsetsResponse> = {
  request: ListOffsetsRequest,
  response: ListOffsetsResponse,
  handle(services, context, request, reply) {
    if (request.topics.length > 0 && consumerIsolation(request.isolationLevel) === undefined) {
      reply({ throttleTimeMs: 0, topics: request.topics.map((topic) => unknownIsolation(topic, context.apiVersion)) });
      return;
    }
    const listedByTopic = new Map<string, PartitionResponse[]>();
    const lookUps = onceEach(request).map(({ topic, asked, isDuplicate }) => (next: () => void) => {
      const done = (listed: ListedOffset): void => {
        const partitions = listedByTopic.get(topic) ?? [];
        listedByTopic.set(topic, partitions);
        partitions.push(toPartitionResponse(asked.partitionIndex, listed, context.apiVersion));
        next();
      };
      if (isDuplicate) done(failedLookup(ErrorCode.INVALID_REQUEST));
      else lookUp(services, context, request, topic, asked, done);
    });
    runInOrder(lookUps, services.runtime.clock, context, () =>
      reply({ throttleTimeMs: 0, topics: Array.from(listedByTopic, ([name, partitions]) => ({ name, partitions })) }),
    );
  },
};

/** So long may lookups by time keep the loop from others. */
const SLICE_MS = 5;

/** One after the other, so that a request holds the memory of one batch at most; the loop gets its turn now and then. */
function runInOrder(
  steps: readonly ((next: () => void) => void)[],
  clock: Clock,
  context: RequestContext,
  finish: () => void,
): void {
  let index = 0;
  const run = (): void => {
    try {
      for (const startMs = clock.elapsed(); index < steps.length; ) {
        if (clock.elapsed() - startMs > SLICE_MS) {
          clock.defer(run);
          return;
        }
        let isInside = true;
        let isDone = false;
        steps[index++]!(() => {
          isDone = true;
          if (!isInside) run();
        });
        isInside = false;
        if (!isDone) return;
      }
      finish();
    } catch (error) {
      context.breakDown(error);
    }
  };
  run();
}

function lookUp(
  services: Services,
  context: RequestContext,
  request: Request,
  topic: string,
  asked: PartitionRequest,
  done: (listed: ListedOffset) => void,
): void {
  const { timestamp } = asked;
  const partition = services.replicas.partition(topic, asked.partitionIndex);
  if (!isTimestampSupported(timestamp, context.apiVersion)) {
    done(failedLookup(ErrorCode.UNSUPPORTED_VERSION));
    return;
  }
  if (partition === undefined) {
    done(failedLookup(services.replicas.missingErrorCode(topic, asked.partitionIndex)));
    return;
  }
  const query = {
    timestamp,
    currentLeaderEpoch: asked.currentLeaderEpoch,
    isolation: isolationOf(request),
    requireLeader: request.replicaId !== DEBUGGING_REPLICA_ID,
  };
  listOffset(partition, query, services.timestampLookup, done);
}

function isolationOf(request: Request): FetchIsolation {
  if (request.replicaId !== CONSUMER_REPLICA_ID) return "log-end";
  return consumerIsolation(request.isolationLevel) ?? "high-watermark";
}

function unknownIsolation({ name, partitions }: Request["topics"][number], apiVersion: number) {
  const failed = failedLookup(ErrorCode.UNKNOWN_SERVER_ERROR);
  return {
    name,
    partitions: partitions.map(({ partitionIndex }) => toPartitionResponse(partitionIndex, failed, apiVersion)),
  };
}

function toPartitionResponse(partitionIndex: number, listed: ListedOffset, apiVersion: number): PartitionResponse {
  const response: PartitionResponse = {
    partitionIndex,
    // Clients know OFFSET_NOT_AVAILABLE from version 5 on.
    errorCode:
      listed.errorCode === ErrorCode.OFFSET_NOT_AVAILABLE && apiVersion < 5
        ? ErrorCode.LEADER_NOT_AVAILABLE
        : listed.errorCode,
    timestamp: listed.timestamp,
    offset: listed.offset,
  };
  if (apiVersion >= 4) response.leaderEpoch = listed.leaderEpoch;
  return response;
}

interface AskedPartition {
  readonly topic: string;
  readonly asked: PartitionRequest;
  isDuplicate: boolean;
}

/** A partition that is asked for twice has one place in the answer, with an error; so has a topic. */
function onceEach({ topics }: Request): AskedPartition[] {
  const all: AskedPartition[] = [];
  const byTopic = new Map<string, Map<number, AskedPartition>>();
  for (const { name: topic, partitions } of topics) {
    const byIndex = byTopic.get(topic) ?? new Map<number, AskedPartition>();
    byTopic.set(topic, byIndex);
    for (const asked of partitions) {
      const earlier = byIndex.get(asked.partitionIndex);
      if (earlier !== undefined) {
        earlier.isDuplicate = true;
        continue;
      }
      const partition = { topic, asked, isDuplicate: false };
      byIndex.set(asked.partitionIndex, partition);
      all.push(partition);
    }
  }
  return all;
}
