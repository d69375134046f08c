import { crc32c } from "@node-rs/crc32";
import { batchHeader } from "../../test/clients/wire/record-batch.ts";
import { batchesOf, endOffsetOf, fetchRequest, readAnswerHead } from "./fetch-answer.ts";
import { FrameStream } from "./frame-stream.ts";
import { PageDropper } from "./page-dropper.ts";

export interface VerifyLoad {
  readonly kind: "verify";
  readonly host: string;
  readonly port: number;
  readonly topics: readonly string[];
  /** Of each topic. */
  readonly partitions: number;
  /** Of the one partition: what has been read is dropped from the page cache. */
  readonly dropPagesIn?: string;
}

export interface VerifyResult {
  readonly records: number;
}

/** Reads everything back: every batch has the checksum that it says, and no offset is missing. */
export async function verifyLoad(load: VerifyLoad): Promise<VerifyResult> {
  const stream = await FrameStream.open(load.host, load.port);
  const dropper = load.dropPagesIn === undefined ? undefined : new PageDropper(load.dropPagesIn);
  let records = 0;
  for (const topic of load.topics) {
    for (let partition = 0; partition < load.partitions; partition++) {
      records += await verifyPartition(stream, topic, partition, dropper);
    }
  }
  stream.close();
  await dropper?.finish();
  return { records };
}

function verifyPartition(
  stream: FrameStream,
  topic: string,
  partition: number,
  dropper?: PageDropper,
): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  let offset = 0;
  const ask = () => stream.send(fetchRequest({ topic, partition, offset }, 0));
  stream.receive((answer) => {
    try {
      const { errorCode, highWatermark, recordsPosition } = readAnswerHead(answer);
      if (errorCode !== 0) throw new Error(`Fetch was answered with error ${errorCode}`);
      const before = offset;
      for (const batch of batchesOf(answer.subarray(recordsPosition))) {
        offset = verifyBatch(batch, offset);
        dropper?.advance(batch.length);
      }
      if (offset >= highWatermark) resolve(offset);
      else if (offset === before) throw new Error(`nothing at offset ${offset}, below ${highWatermark}`);
      else ask();
    } catch (error) {
      reject(new Error(`${topic}-${partition}: ${error instanceof Error ? error.message : error}`));
    }
  }, reject);
  ask();
  return promise;
}

/** Returns the offset behind the batch. */
function verifyBatch(batch: Buffer, offset: number): number {
  const baseOffset = Number(batch.readBigInt64BE(0));
  if (baseOffset !== offset) throw new Error(`a batch at offset ${baseOffset} where ${offset} was to come`);
  if (crc32c(batch.subarray(batchHeader.attributes)) !== batch.readUInt32BE(batchHeader.crc))
    throw new Error(`the batch at offset ${offset} has not the checksum that it says`);
  const records = batch.readInt32BE(batchHeader.recordCount);
  const endOffset = endOffsetOf(batch);
  if (endOffset - offset !== records)
    throw new Error(`the batch at offset ${offset} has ${records} records and ends at ${endOffset}`);
  return endOffset;
}
