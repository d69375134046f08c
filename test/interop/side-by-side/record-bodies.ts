import { createRuntime } from "#adapter";
import { joinParts } from "../../../src/protocol/codec.ts";
import { FetchRequest, FetchResponse } from "../../../src/protocol/messages/fetch.ts";
import { ProduceRequest } from "../../../src/protocol/messages/produce.ts";
import { type CompressionName, CompressionType, compress } from "../../../src/record/compression/index.ts";
import { decodeRecords } from "../../../src/record/record.ts";
import * as RecordBatch from "../../../src/record/record-batch.ts";
import { sizeOfVarint, sizeOfVarlong, writeVarint, writeVarlong } from "../../../src/record/varint.ts";
import { createTopic } from "./record-requests.ts";
import type { Scenario, Transcript } from "./scenario.ts";

/** Records as no client should write them, in every codec: what is refused, what is taken, and what is stored then. */

const runtime = createRuntime();
const START_MS = 1_700_000_000_000;

interface RawRecord {
  readonly attributes?: number;
  readonly timestampDelta?: number;
  readonly offsetDelta?: number;
  /** Negative: none. What it declares need not be what follows. */
  readonly keySize?: number;
  readonly key?: string;
  readonly valueSize?: number;
  readonly value?: string;
  readonly headerCount?: number;
  readonly headers?: readonly Uint8Array[];
  /** Behind the headers. */
  readonly trailer?: Uint8Array;
  /** In place of the real one. */
  readonly size?: number;
}

const text = (value: string) => new TextEncoder().encode(value);
const varint = (value: number) => {
  const bytes = new Uint8Array(sizeOfVarint(value));
  writeVarint(bytes, 0, value);
  return bytes;
};
const varlong = (value: number) => {
  const bytes = new Uint8Array(sizeOfVarlong(value));
  writeVarlong(bytes, 0, value);
  return bytes;
};
const joined = (...parts: readonly Uint8Array[]) => joinParts(parts);

function encodeRecord(record: RawRecord, index: number): Uint8Array {
  const {
    attributes = 0,
    timestampDelta = index,
    offsetDelta = index,
    key = `key ${index}`,
    value = `value ${index}`,
  } = record;
  const { headers = [], trailer = new Uint8Array(0) } = record;
  const [keyBytes, valueBytes] = [text(key), text(value)];
  const body = joined(
    ...[Uint8Array.of(attributes), varlong(timestampDelta), varint(offsetDelta)],
    ...[varint(record.keySize ?? keyBytes.length), (record.keySize ?? 0) < 0 ? new Uint8Array(0) : keyBytes],
    ...[varint(record.valueSize ?? valueBytes.length), (record.valueSize ?? 0) < 0 ? new Uint8Array(0) : valueBytes],
    ...[varint(record.headerCount ?? headers.length), ...headers, trailer],
  );
  return joined(varint(record.size ?? body.length), body);
}

interface BatchOptions {
  readonly count?: number;
  readonly attributes?: number;
  readonly maxTimestamp?: number;
  /** Behind the last record. */
  readonly trailer?: Uint8Array;
}

function encodeBatch(records: readonly RawRecord[], codec: CompressionName, options: BatchOptions = {}): Uint8Array {
  const body = joined(...records.map(encodeRecord), options.trailer ?? new Uint8Array(0));
  const type = CompressionType[codec];
  const compressed = compress(type, body, runtime.compression);
  const bytes = new Uint8Array(RecordBatch.RECORD_BATCH_OVERHEAD + compressed.length);
  bytes.set(compressed, RecordBatch.RECORD_BATCH_OVERHEAD);
  const count = options.count ?? records.length;
  RecordBatch.writeHeader(bytes, 0, {
    baseOffset: 0,
    sizeInBytes: bytes.length,
    partitionLeaderEpoch: -1,
    attributes: type | (options.attributes ?? 0),
    lastOffsetDelta: count - 1,
    baseTimestamp: START_MS,
    maxTimestamp: options.maxTimestamp ?? START_MS + records.length - 1,
    producerId: -1,
    producerEpoch: -1,
    baseSequence: -1,
    recordCount: count,
  });
  RecordBatch.writeChecksum(bytes, 0, runtime.checksums);
  return bytes;
}

const header = (key: string, value: string) => joined(varint(key.length), text(key), varint(value.length), text(value));
const normal: readonly RawRecord[] = [{}, {}, {}];

const bodies: Record<string, readonly [records: readonly RawRecord[], options?: BatchOptions]> = {
  "nothing unusual": [normal],
  "attributes of a record": [[{ attributes: 7 }, { attributes: 0x20 }, { attributes: -1 }]],
  "timestamps that go down": [[{ timestampDelta: 5 }, { timestampDelta: -5 }, { timestampDelta: -400_000 }]],
  "a timestamp before the beginning": [[{ timestampDelta: -START_MS - 1 }, {}, {}]],
  "a largest timestamp that lies": [normal, { maxTimestamp: 5 }],
  "neither keys nor values": [[{ keySize: -1 }, { valueSize: -1 }, { keySize: -1, valueSize: -1 }]],
  "sizes far below zero": [[{ keySize: -100 }, { valueSize: -7 }, {}]],
  headers: [[{ headers: [header("a", "b"), joined(varint(1), text("c"), varint(-1))] }, {}, {}]],
  "a header without a key": [[{ headers: [joined(varint(-1), varint(1), text("x"))] }, {}, {}]],
  "a negative count of headers": [[{ headerCount: -1 }, {}, {}]],
  "more headers than there are": [[{}, {}, { headerCount: 5 }]],
  "fewer headers than there are": [[{ headerCount: 0, headers: [header("a", "b")] }, {}, {}]],
  "bytes behind the headers": [[{ trailer: text("more") }, {}, {}]],
  "a key longer than its record": [[{ keySize: 100 }, {}, {}]],
  "a value longer than its record": [[{}, {}, { valueSize: 100 }]],
  "a negative size": [[{ size: -3 }, {}, {}]],
  "more records than are declared": [normal, { count: 2 }],
  "fewer records than are declared": [normal, { count: 4 }],
  "bytes behind the last record": [normal, { trailer: text("trailer") }],
  "the broker's timestamp type": [normal, { attributes: 0x08 }],
  "the delete horizon": [normal, { attributes: 0x40 }],
  "an attribute that does not exist": [normal, { attributes: 0x100 }],
};

/** Consumers could not read them, or would be told offsets that are another record's. */
const unreadable: typeof bodies = {
  "offset deltas that start at one": [[{ offsetDelta: 1 }, { offsetDelta: 2 }, { offsetDelta: 3 }]],
  "offset deltas that are all zero": [[{ offsetDelta: 0 }, { offsetDelta: 0 }, { offsetDelta: 0 }]],
  "offset deltas that go down": [[{ offsetDelta: 2 }, { offsetDelta: 1 }, { offsetDelta: 0 }]],
  "a gap in the offset deltas": [[{}, { offsetDelta: 2 }, { offsetDelta: 4 }]],
  "a negative offset delta": [[{ offsetDelta: -1 }, {}, {}]],
  "a record longer than its batch": [[{}, {}, { size: 1_000 }]],
  "a record shorter than its fields": [[{ size: 5 }, {}, {}]],
  "a size of zero": [[{}, {}, { size: 0 }]],
};

export const UNREADABLE: readonly string[] = Object.keys(unreadable);

/** For each codec and each body: the answer, and what a consumer gets afterwards. */
export const recordBodyScenarios: Scenario[] = (["none", "gzip", "snappy", "lz4", "zstd"] as const).map((codec) => ({
  name: `record bodies in codec ${codec} are taken and refused alike`,
  async run(transcript) {
    const configs = { "message.timestamp.before.max.ms": String(Number.MAX_SAFE_INTEGER) };
    await createTopic(transcript, `sbs-bodies-${codec}`, configs);
    for (const [name, [records, options]] of Object.entries(bodies)) {
      await produce(transcript, name, `sbs-bodies-${codec}`, encodeBatch(records, codec, options));
    }
    transcript.note("what is stored", await stored(transcript, `sbs-bodies-${codec}`));
    await createTopic(transcript, `sbs-unreadable-${codec}`, configs);
    for (const [name, [records, options]] of Object.entries(unreadable)) {
      await produce(transcript, name, `sbs-unreadable-${codec}`, encodeBatch(records, codec, options));
    }
    await createTopic(transcript, `sbs-small-${codec}`, { ...configs, "max.decompressed.message.bytes": "100" });
    for (const size of [50, 91, 92, 93, 94, 200]) {
      const records = [{}, { value: "v".repeat(size) }];
      await produce(transcript, `a value of ${size} bytes`, `sbs-small-${codec}`, encodeBatch(records, codec));
    }
  },
}));

function produce(transcript: Transcript, step: string, name: string, records: Uint8Array) {
  return transcript.ask(step, ProduceRequest, 12, {
    acks: -1,
    timeoutMs: 5_000,
    topicData: [{ name, partitionData: [{ index: 0, records }] }],
  });
}

/** All records and the headers of their batches; the bytes of a batch that was built anew are the compressor's. */
export async function stored(transcript: Transcript, topic: string) {
  const { responses } = await transcript.connection.call(FetchRequest, FetchResponse, 12, {
    maxWaitMs: 100,
    minBytes: 1,
    maxBytes: 50 << 20,
    topics: [{ topic, partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 50 << 20 }] }],
  });
  const bytes = joinParts(responses[0]!.partitions[0]!.records as Uint8Array[]);
  return [...RecordBatch.batchPositions(bytes)].map((position) => ({
    baseOffset: RecordBatch.baseOffset(bytes, position),
    attributes: RecordBatch.attributes(bytes, position),
    lastOffsetDelta: RecordBatch.lastOffsetDelta(bytes, position),
    baseTimestamp: RecordBatch.baseTimestamp(bytes, position),
    maxTimestamp: RecordBatch.maxTimestamp(bytes, position),
    count: RecordBatch.recordCount(bytes, position),
    isIntact: RecordBatch.findProblem(bytes, position, runtime.checksums) === undefined,
    records: readable(bytes, position),
  }));
}

function readable(bytes: Uint8Array, position: number) {
  try {
    return decodeRecords(bytes, position, runtime.compression).map(({ offset, timestamp, key, value, headers }) => ({
      offset,
      timestamp,
      key: key === null ? null : new TextDecoder().decode(key),
      value: value === null ? null : new TextDecoder().decode(value),
      headers: headers.length,
    }));
  } catch (error) {
    return String(error);
  }
}
