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
import type { FetchIsolation } from "../replica/fetch-params.ts";
import { failedLookup, isTimestampSupported, type ListedOffset, listOffset } from "../replica/list-offset.ts";
import type { ApiHandler } from "../server/api-handler.ts";
import type { RequestContext } from "../server/request-context.ts";
import type { Services } from "../server/services.ts";

type Request = Infer<typeof ListOffsetsRequest>;
type PartitionRequest = Request["topics"][number]["partitions"][number];
type PartitionResponse = Input<typeof ListOffsetsResponse>["topics"][number]["partitions"][number];

const CONSUMER_REPLICA_ID = -1;
/** Tools that look at one replica, whoever leads. */
const DEBUGGING_REPLICA_ID = -2;
const READ_COMMITTED = 1;

export const listOffsets: ApiHandler<typeof ListOffsetsRequest, typeof ListOffsetsResponse> = {
  request: ListOffsetsRequest,
  response: ListOffsetsResponse,
  pipelined: true,
  handle(services, context, request, reply) {
    reply({
      throttleTimeMs: 0,
      topics: request.topics.map(({ name, partitions }) => ({
        name,
        partitions: onceEach(partitions).map(({ asked, isDuplicate }) => {
          const listed = isDuplicate
            ? failedLookup(ErrorCode.INVALID_REQUEST)
            : lookUp(services, context, request, name, asked);
          return toPartitionResponse(asked.partitionIndex, listed, context.apiVersion);
        }),
      })),
    });
  },
};

function lookUp(
  services: Services,
  context: RequestContext,
  request: Request,
  topic: string,
  asked: PartitionRequest,
): ListedOffset {
  const timestamp = Number(asked.timestamp);
  if (!isTimestampSupported(timestamp, context.apiVersion)) return failedLookup(ErrorCode.UNSUPPORTED_VERSION);
  const partition = services.replicas.partition(topic, asked.partitionIndex);
  if (partition === undefined) return failedLookup(services.replicas.missingErrorCode(topic, asked.partitionIndex));
  return listOffset(partition, {
    timestamp,
    currentLeaderEpoch: asked.currentLeaderEpoch,
    isolation: isolationOf(request),
    requireLeader: request.replicaId !== DEBUGGING_REPLICA_ID,
  });
}

function isolationOf(request: Request): FetchIsolation {
  if (request.replicaId !== CONSUMER_REPLICA_ID) return "log-end";
  return request.isolationLevel === READ_COMMITTED ? "committed" : "high-watermark";
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
  readonly asked: PartitionRequest;
  isDuplicate: boolean;
}

/** A partition that is asked for twice has one place in the answer, with an error. */
function onceEach(partitions: readonly PartitionRequest[]): AskedPartition[] {
  const byIndex = new Map<number, AskedPartition>();
  for (const asked of partitions) {
    const earlier = byIndex.get(asked.partitionIndex);
    if (earlier === undefined) byIndex.set(asked.partitionIndex, { asked, isDuplicate: false });
    else earlier.isDuplicate = true;
  }
  return [...byIndex.values()];
}
