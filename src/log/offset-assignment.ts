import * as RecordBatch from "../record/record-batch.ts";
import type { BatchMetadata } from "./producer-entry.ts";
import type { ProducerRejection, ProducerState } from "./producer-state.ts";

export interface AssignmentOptions {
  readonly nextOffset: number;
  readonly leaderEpoch: number;
  readonly producers: ProducerState;
  /** Sequence numbers are checked and retries recognised. */
  readonly fromClient: boolean;
  readonly transactionVersion: number;
}

export type AssignmentObstacle =
  | { readonly duplicate: BatchMetadata; readonly rejection?: undefined }
  | { readonly duplicate?: undefined; readonly rejection: ProducerRejection };

/** Gives the batches their offsets and the leader epoch, in place, unless the producer's state stands against it. */
export function assignOffsets(records: Uint8Array, options: AssignmentOptions): AssignmentObstacle | undefined {
  const { producers, leaderEpoch, fromClient, transactionVersion } = options;
  let { nextOffset } = options;
  for (let position = 0; position < records.length; position += RecordBatch.sizeInBytes(records, position)) {
    if (RecordBatch.hasProducerId(records, position)) {
      const duplicate = fromClient ? producers.findDuplicate(records, position) : undefined;
      if (duplicate !== undefined) return { duplicate };
      const rejection = producers.check(records, position, { checkSequence: fromClient, transactionVersion });
      if (rejection !== undefined) return { rejection };
    }
    RecordBatch.setBaseOffset(records, position, nextOffset);
    RecordBatch.setPartitionLeaderEpoch(records, position, leaderEpoch);
    nextOffset = RecordBatch.nextOffset(records, position);
  }
  return undefined;
}
