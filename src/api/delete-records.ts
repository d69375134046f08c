/**
 * DeleteRecords (21), versions 0-2: moves the start of a partition's log up to an offset, or to the high watermark (-1),
 * and waits until every live replica has done so. Refused for topics whose cleanup policy does not include `delete`.
 */

import { ErrorCode } from "../protocol/error-codes.ts";
import { INTERNAL_TOPICS } from "../protocol/internal-topics.ts";
import { DeleteRecordsRequest, DeleteRecordsResponse } from "../protocol/messages/delete-records.ts";
import type { Input } from "../protocol/schema.ts";
import { DelayedAnswer } from "../replica/delayed-answer.ts";
import type { Partition } from "../replica/partition.ts";
import type { ApiHandler } from "../server/api-handler.ts";
import type { Services } from "../server/services.ts";

type TopicResult = Input<typeof DeleteRecordsResponse>["topics"][number];
type PartitionResult = TopicResult["partitions"][number];

const INVALID_LOW_WATERMARK = -1;

export const deleteRecords: ApiHandler<typeof DeleteRecordsRequest, typeof DeleteRecordsResponse> = {
  request: DeleteRecordsRequest,
  response: DeleteRecordsResponse,
  handle(services, _context, request, reply) {
    const topics: TopicResult[] = [];
    const deletions: Deletion[] = [];
    const delayed = new DelayedAnswer("deleted", () => {
      for (const { partition, result } of deletions) result.lowWatermark = partition.lowWatermark;
      reply({ throttleTimeMs: 0, topics });
    });
    services.replicas.batch(() => {
      for (const [name, offsets] of offsetsByTopic(request)) {
        const results = [...offsets].map(([index, offset]) => deleteFrom(services, name, index, offset, deletions));
        topics.push({ name, partitions: results });
      }
      for (const { partition, requiredOffset, result } of deletions) {
        if (partition.lowWatermark < requiredOffset) delayed.add(partition, requiredOffset, result);
      }
      delayed.start(services.runtime.clock, request.timeoutMs);
    });
  },
};

/** A partition that is named more than once gets one answer, to the last of its offsets. */
function offsetsByTopic({ topics }: DeleteRecordsRequest): Map<string, Map<number, number | bigint>> {
  const result = new Map<string, Map<number, number | bigint>>();
  for (const { name, partitions } of topics) {
    if (partitions.length === 0) continue;
    const offsets = result.get(name) ?? new Map<number, number | bigint>();
    for (const { partitionIndex, offset } of partitions) offsets.set(partitionIndex, offset);
    result.set(name, offsets);
  }
  return result;
}

/** Begun here; done when the low watermark is there. */
interface Deletion {
  readonly partition: Partition;
  readonly requiredOffset: number;
  readonly result: PartitionResult;
}

function deleteFrom(
  services: Services,
  topic: string,
  partitionIndex: number,
  offset: number | bigint,
  deletions: Deletion[],
): PartitionResult {
  const refused = (errorCode: number) => ({ partitionIndex, lowWatermark: INVALID_LOW_WATERMARK, errorCode });
  const partition = services.replicas.partition(topic, partitionIndex);
  const missing = partition === undefined ? services.replicas.missingErrorCode(topic, partitionIndex) : ErrorCode.NONE;
  if (missing === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION) return refused(missing);
  if (INTERNAL_TOPICS.has(topic)) return refused(ErrorCode.INVALID_TOPIC_EXCEPTION);
  if (partition === undefined) return refused(missing);
  const { errorCode, requiredOffset } = partition.deleteRecords(Number(offset));
  if (errorCode !== ErrorCode.NONE) return refused(errorCode);
  const result = { partitionIndex, lowWatermark: INVALID_LOW_WATERMARK, errorCode };
  deletions.push({ partition, requiredOffset, result });
  return result;
}
