import { ByteWriter } from "../../test/clients/wire/byte-writer.ts";
import { frame, requestBytes } from "../../test/clients/wire/connection.ts";
import { batchHeader } from "../../test/clients/wire/record-batch.ts";

const fetchKey = 1;
const version = 4;
/** What consumers ask for by default: a megabyte of a partition. */
const maxPartitionBytes = 1 << 20;

export interface FetchPosition {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

export function fetchRequest({ topic, partition, offset }: FetchPosition, maxWaitMs = 500): Buffer {
  const body = new ByteWriter()
    .int32(-1)
    .int32(maxWaitMs)
    .int32(1)
    .int32(50 << 20)
    .int8(0);
  body.int32(1).string(topic).int32(1).int32(partition).int64(offset).int32(maxPartitionBytes);
  return frame(requestBytes(fetchKey, version, 1, body.finish()));
}

/** What stands in front of the records of the one partition of an answer. */
export function readAnswerHead(answer: Buffer): { errorCode: number; highWatermark: number; recordsPosition: number } {
  const partition = 4 + 4 + 4 + 2 + answer.readInt16BE(12) + 4 + 4;
  const aborted = Math.max(0, answer.readInt32BE(partition + 18));
  return {
    errorCode: answer.readInt16BE(partition),
    highWatermark: Number(answer.readBigInt64BE(partition + 2)),
    recordsPosition: partition + 22 + aborted * 16 + 4,
  };
}

/** The whole batches among the records of a partition. */
export function* batchesOf(records: Buffer): Generator<Buffer> {
  for (let position = 0; position + batchHeader.records <= records.length; ) {
    const end = position + 12 + records.readInt32BE(position + batchHeader.batchLength);
    if (end > records.length) return;
    yield records.subarray(position, end);
    position = end;
  }
}

/** The offset behind a batch. */
export function endOffsetOf(batch: Buffer): number {
  return Number(batch.readBigInt64BE(0)) + batch.readInt32BE(batchHeader.lastOffsetDelta) + 1;
}
