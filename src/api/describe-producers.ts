/**
 * DescribeProducers (61), version 0: the producers with an id that a partition remembers (KIP-664): what they last wrote
 * and whether they have a transaction open there.
 */
import { topicNameProblem } from "../controller/topic-name.ts";
import { ErrorCode, errorMessage } from "../protocol/error-codes.ts";
import { DescribeProducersRequest, DescribeProducersResponse } from "../protocol/messages/describe-producers.ts";
import type { Input } from "../protocol/schema.ts";
import type { ApiHandler } from "../server/api-handler.ts";
import type { Services } from "../server/services.ts";

type PartitionResponse = Input<typeof DescribeProducersResponse>["topics"][number]["partitions"][number];

export const describeProducers: ApiHandler<typeof DescribeProducersRequest, typeof DescribeProducersResponse> = {
  request: DescribeProducersRequest,
  response: DescribeProducersResponse,
  handle(services, _context, request, reply) {
    reply({
      throttleTimeMs: 0,
      topics: request.topics.map(({ name, partitionIndexes }) => ({
        name,
        partitions: partitionIndexes.map((index) => describePartition(services, name, index)),
      })),
    });
  },
};

function describePartition(services: Services, topic: string, partitionIndex: number): PartitionResponse {
  const refused = (errorCode: number, message: string | null = null) => ({
    partitionIndex,
    errorCode,
    errorMessage: message,
    activeProducers: [],
  });
  const problem = topicNameProblem(topic);
  if (problem !== undefined) return refused(ErrorCode.INVALID_TOPIC_EXCEPTION, `Topic name is invalid: ${problem}`);
  if (services.metadata().topics.byName(topic) === undefined) {
    const { UNKNOWN_TOPIC_OR_PARTITION } = ErrorCode;
    return refused(UNKNOWN_TOPIC_OR_PARTITION, errorMessage(UNKNOWN_TOPIC_OR_PARTITION));
  }
  const partition = services.replicas.partition(topic, partitionIndex);
  if (partition === undefined) return refused(services.replicas.missingErrorCode(topic, partitionIndex));
  const { log } = partition;
  if (log === null) return refused(partition.checkAccess(-1, false));
  return {
    partitionIndex,
    errorCode: ErrorCode.NONE,
    errorMessage: null,
    activeProducers: [...log.producers.entries].map((producer) => ({
      producerId: wide(producer.producerId),
      producerEpoch: producer.producerEpoch,
      lastSequence: producer.lastSequence,
      lastTimestamp: wide(producer.lastTimestamp),
      coordinatorEpoch: producer.coordinatorEpoch,
      currentTxnStartOffset: producer.currentTransactionFirstOffset,
    })),
  };
}

/** The int64 that is nearest: a client may have chosen an id or a time that a number does not hold. */
function wide(value: number): number | bigint {
  if (Number.isSafeInteger(value)) return value;
  return value < 2 ** 63 ? BigInt(value) : 2n ** 63n - 1n;
}
