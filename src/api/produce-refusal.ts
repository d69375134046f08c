import { ErrorCode } from "../protocol/error-codes.ts";
import type { ProduceRequest } from "../protocol/messages/produce.ts";
import type { Infer } from "../protocol/schema.ts";
import * as RecordBatch from "../record/record-batch.ts";

/** Why no partition of a request gets anything. */
export interface ProduceRefusal {
  readonly errorCode: number;
  readonly errorMessage: string | null;
}

/**
 * As Apache Kafka does, looks at the first batch of each partition for one of a transaction, which the client must have named.
 * Until it has found one, what can't be told to be a batch fails the whole request.
 */
export function refusalOf({ transactionalId, topicData }: Infer<typeof ProduceRequest>): ProduceRefusal | undefined {
  for (const { partitionData } of topicData) {
    for (const { records } of partitionData) {
      if (records === null) continue;
      const problem = RecordBatch.findFramingProblem(records, 0);
      if (problem === undefined && RecordBatch.isTransactional(records, 0)) {
        if (transactionalId !== null) return undefined;
        return { errorCode: ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED, errorMessage: null };
      }
      const errorMessage = problem === undefined ? undefined : unreadable(records, problem);
      if (errorMessage !== undefined) return { errorCode: ErrorCode.CORRUPT_MESSAGE, errorMessage };
    }
  }
  return undefined;
}

function unreadable(records: Uint8Array, problem: RecordBatch.BatchProblem): string | undefined {
  if (problem === "unknown magic") return `Invalid magic found in record: ${RecordBatch.magic(records, 0)}`;
  const length = RecordBatch.sizeInBytes(records, 0) - RecordBatch.LOG_OVERHEAD;
  // One that is larger than this, but too small for its format, is the fault of its partition alone.
  if (problem !== "invalid size" || length >= RecordBatch.SMALLEST_BATCH_LENGTH) return undefined;
  return `Record size ${length} is less than the minimum record overhead (${RecordBatch.SMALLEST_BATCH_LENGTH})`;
}
