import { ByteWriter } from "../../test/clients/wire/byte-writer.ts";
import { frame, requestBytes } from "../../test/clients/wire/connection.ts";
import { batchHeader } from "../../test/clients/wire/record-batch.ts";
import { FrameStream } from "./frame-stream.ts";
import type { LoadResult } from "./produce.ts";

export interface FetchLoad {
  readonly kind: "fetch";
  readonly host: string;
  readonly port: number;
  readonly topic: string;
  readonly times: number;
}

const fetchKey = 1;
const version = 4;
/** What consumers ask for by default: a megabyte of a partition. */
const maxPartitionBytes = 1 << 20;

/** One consumer that reads a partition from its start to its end, several times over. */
export async function fetchLoad(load: FetchLoad): Promise<LoadResult> {
  const stream = await FrameStream.open(load.host, load.port);
  const cpuBefore = process.cpuUsage();
  const startedMs = performance.now();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const total = { bytes: 0, records: 0 };
  let offset = 0;
  let round = 0;
  const ask = () => stream.send(fetchRequest(load.topic, offset));
  stream.receive((answer) => {
    const read = readAnswer(answer);
    if (read.errorCode !== 0) reject(new Error(`Fetch was answered with error ${read.errorCode}`));
    total.bytes += read.bytes;
    total.records += read.records;
    offset = read.nextOffset ?? offset;
    if (offset >= read.highWatermark) {
      offset = 0;
      round++;
    }
    if (round === load.times) resolve();
    else ask();
  }, reject);
  ask();
  await promise;
  const cpu = process.cpuUsage(cpuBefore);
  stream.close();
  return { seconds: (performance.now() - startedMs) / 1_000, ...total, cpuSeconds: (cpu.user + cpu.system) / 1e6 };
}

export function fetchRequest(topic: string, offset: number, maxWaitMs = 500): Buffer {
  const body = new ByteWriter()
    .int32(-1)
    .int32(maxWaitMs)
    .int32(1)
    .int32(50 << 20)
    .int8(0);
  body.int32(1).string(topic).int32(1).int32(0).int64(offset).int32(maxPartitionBytes);
  return frame(requestBytes(fetchKey, version, 1, body.finish()));
}

export interface FetchAnswer {
  readonly errorCode: number;
  readonly highWatermark: number;
  readonly nextOffset: number | undefined;
  readonly bytes: number;
  readonly records: number;
  readonly recordsPosition: number;
}

/** The one partition of an answer; only the headers of its batches are looked at. */
export function readAnswer(answer: Buffer): FetchAnswer {
  const partition = 4 + 4 + 4 + 2 + answer.readInt16BE(12) + 4 + 4;
  const errorCode = answer.readInt16BE(partition);
  const highWatermark = Number(answer.readBigInt64BE(partition + 2));
  const aborted = Math.max(0, answer.readInt32BE(partition + 18));
  const recordsPosition = partition + 22 + aborted * 16 + 4;
  let nextOffset: number | undefined;
  let bytes = 0;
  let records = 0;
  for (let position = recordsPosition; position + batchHeader.records <= answer.length; ) {
    const end = position + 12 + answer.readInt32BE(position + batchHeader.batchLength);
    if (end > answer.length) break;
    nextOffset =
      Number(answer.readBigInt64BE(position)) + answer.readInt32BE(position + batchHeader.lastOffsetDelta) + 1;
    records += answer.readInt32BE(position + batchHeader.recordCount);
    bytes += end - position;
    position = end;
  }
  return { errorCode, highWatermark, nextOffset, bytes, records, recordsPosition };
}
