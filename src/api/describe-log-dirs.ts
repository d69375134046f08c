/**
 * DescribeLogDirs (35), versions 1-5: how much each log directory holds, partition by partition, and how large and how
 * full its volume is; from version 5 on whether it is cordoned (KIP-1066).
 *
 * A replica on its way to another directory is in both, there with isFutureKey and how far its copy is behind.
 */
import { logDirs } from "../config/create-config.ts";
import type { Log } from "../log/log.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import { DescribeLogDirsRequest, DescribeLogDirsResponse } from "../protocol/messages/describe-log-dirs.ts";
import type { Infer, Input } from "../protocol/schema.ts";
import type { ApiHandler } from "../server/api-handler.ts";
import type { Services } from "../server/services.ts";

type Request = Infer<typeof DescribeLogDirsRequest>;
type Result = Input<typeof DescribeLogDirsResponse>["results"][number];
type TopicResult = Result["topics"][number];
type PartitionResult = TopicResult["partitions"][number];

/** The lag of a log whose partition this broker does not serve. */
const INVALID_OFFSET_LAG = -1;

export const describeLogDirs: ApiHandler<typeof DescribeLogDirsRequest, typeof DescribeLogDirsResponse> = {
  request: DescribeLogDirsRequest,
  response: DescribeLogDirsResponse,
  handle(services, context, request, reply) {
    const isAsked = filterOf(request);
    const logs = logsByDirectory(services, isAsked);
    const results = logDirs(services.config).map((directory) => {
      if (!services.logs.logDirs.includes(directory) || services.logs.isStalled(directory))
        return offline(services, directory);
      return describeDirectory(services, directory, logs.get(directory) ?? [], context.apiVersion);
    });
    reply({ throttleTimeMs: 0, errorCode: ErrorCode.NONE, results });
  },
};

/** As it is now: the disk of a directory may fail while it is asked for sizes, and its logs are in no directory then. */
function logsByDirectory(
  { logs }: Services,
  isAsked: (topic: string, partition: number) => boolean,
): ReadonlyMap<string, readonly Log[]> {
  const found = new Map<string, Log[]>(logs.logDirs.map((directory) => [directory, []]));
  for (const log of [...logs.logs(), ...logs.moves.futures()]) {
    if (isAsked(log.topic, log.partition)) found.get(logs.directoryOf(log))!.push(log);
  }
  return found;
}

function describeDirectory(services: Services, directory: string, logs: readonly Log[], apiVersion: number): Result {
  let space: { totalBytes: number; usableBytes: number };
  try {
    space = services.runtime.files.diskSpace(directory);
  } catch {
    return offline(services, directory);
  }
  const logDir = services.logs.absolutePath(directory);
  const result: Result = { errorCode: ErrorCode.NONE, logDir, topics: topicsOf(services, logs), ...space };
  if (apiVersion >= 5) result.isCordoned = isCordoned(services, directory);
  return result;
}

function offline({ logs }: Services, directory: string): Result {
  return { errorCode: ErrorCode.KAFKA_STORAGE_ERROR, logDir: logs.absolutePath(directory), topics: [] };
}

function topicsOf(services: Services, logs: readonly Log[]): TopicResult[] {
  const topics = new Map<string, PartitionResult[]>();
  for (const log of logs) {
    const partitions = topics.get(log.topic) ?? [];
    topics.set(log.topic, partitions);
    partitions.push({
      partitionIndex: log.partition,
      partitionSize: log.sizeBytes,
      offsetLag: offsetLag(services, log),
      isFutureKey: log.isFuture,
    });
  }
  return Array.from(topics, ([name, partitions]) => ({ name, partitions }));
}

/** How far the log is behind what is committed, which a leader's never is; how far a copy is behind its log. */
function offsetLag(services: Services, log: Log): number {
  const served = services.replicas.partition(log.topic, log.partition)?.log;
  if (log.isFuture) return served == null ? INVALID_OFFSET_LAG : served.logEndOffset - log.logEndOffset;
  return served === log ? Math.max(0, log.highWatermark - log.logEndOffset) : INVALID_OFFSET_LAG;
}

function isCordoned(services: Services, directory: string): boolean {
  const cordoned = services.metadata().brokers.get(services.nodeId)?.cordonedDirectories ?? [];
  const directoryId = services.logs.directoryId(directory);
  return directoryId !== undefined && cordoned.includes(directoryId);
}

function filterOf(request: Request): (topic: string, partition: number) => boolean {
  if (request.topics === null) return () => true;
  const asked = new Map<string, Set<number>>();
  for (const { topic, partitions } of request.topics) {
    const indexes = asked.get(topic) ?? new Set();
    for (const index of partitions) indexes.add(index);
    asked.set(topic, indexes);
  }
  return (topic, partition) => asked.get(topic)?.has(partition) ?? false;
}
