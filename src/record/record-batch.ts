import type { Checksums } from "../runtime.ts";
import {
  readBigInt64,
  readInt16,
  readInt32,
  readInt64,
  readUint32,
  writeBigInt64,
  writeInt16,
  writeInt32,
  writeInt64,
} from "./big-endian.ts";

/**
 * A record batch of magic 2 is never an object here: it is a place in some bytes, and these functions read and set its
 * header fields there. Import it as a whole: `import * as RecordBatch from ".../record-batch.ts"`.
 */

/** Base offset and length, with which every format begins; `batchLength` counts what follows. */
export const LOG_OVERHEAD = 12;
/** The whole header; the records follow it. */
export const RECORD_BATCH_OVERHEAD = 61;
/** Enough bytes to know a batch's size and format. */
const HEADER_SIZE_UP_TO_MAGIC = 17;
const CURRENT_MAGIC = 2;

export const NO_TIMESTAMP = -1;
export const NO_PRODUCER_ID = -1;
export const NO_PRODUCER_EPOCH = -1;
export const NO_SEQUENCE = -1;
export const NO_PARTITION_LEADER_EPOCH = -1;

const LENGTH_OFFSET = 8;
const PARTITION_LEADER_EPOCH_OFFSET = 12;
const MAGIC_OFFSET = 16;
const CRC_OFFSET = 17;
const ATTRIBUTES_OFFSET = 21;
const LAST_OFFSET_DELTA_OFFSET = 23;
const BASE_TIMESTAMP_OFFSET = 27;
const MAX_TIMESTAMP_OFFSET = 35;
const PRODUCER_ID_OFFSET = 43;
const PRODUCER_EPOCH_OFFSET = 51;
const BASE_SEQUENCE_OFFSET = 53;
const RECORD_COUNT_OFFSET = 57;

const COMPRESSION_MASK = 0x07;
const TIMESTAMP_TYPE_MASK = 0x08;
const TRANSACTIONAL_MASK = 0x10;
const CONTROL_MASK = 0x20;
const DELETE_HORIZON_MASK = 0x40;

/** No record batch, not even of the oldest format, has a smaller `batchLength`. */
export const SMALLEST_BATCH_LENGTH = 14;

export const baseOffset = (bytes: Uint8Array, position: number): number => readInt64(bytes, position);
/** Bytes of the whole batch, from its base offset to its last record. */
export const sizeInBytes = (bytes: Uint8Array, position: number): number =>
  LOG_OVERHEAD + readInt32(bytes, position + LENGTH_OFFSET);
export const partitionLeaderEpoch = (bytes: Uint8Array, position: number): number =>
  readInt32(bytes, position + PARTITION_LEADER_EPOCH_OFFSET);
export const magic = (bytes: Uint8Array, position: number): number => (bytes[position + MAGIC_OFFSET]! << 24) >> 24;
export const crc = (bytes: Uint8Array, position: number): number => readUint32(bytes, position + CRC_OFFSET);
export const attributes = (bytes: Uint8Array, position: number): number =>
  readInt16(bytes, position + ATTRIBUTES_OFFSET);
/** The codec's number, which may be an unknown one: see compression-type.ts. */
export const compressionType = (bytes: Uint8Array, position: number): number =>
  bytes[position + ATTRIBUTES_OFFSET + 1]! & COMPRESSION_MASK;
export const isLogAppendTime = (bytes: Uint8Array, position: number): boolean =>
  (bytes[position + ATTRIBUTES_OFFSET + 1]! & TIMESTAMP_TYPE_MASK) !== 0;
export const isTransactional = (bytes: Uint8Array, position: number): boolean =>
  (bytes[position + ATTRIBUTES_OFFSET + 1]! & TRANSACTIONAL_MASK) !== 0;
export const isControlBatch = (bytes: Uint8Array, position: number): boolean =>
  (bytes[position + ATTRIBUTES_OFFSET + 1]! & CONTROL_MASK) !== 0;
/** KIP-534: the base timestamp then holds the time after which tombstones and markers may go. */
export const hasDeleteHorizon = (bytes: Uint8Array, position: number): boolean =>
  (bytes[position + ATTRIBUTES_OFFSET + 1]! & DELETE_HORIZON_MASK) !== 0;
export const lastOffsetDelta = (bytes: Uint8Array, position: number): number =>
  readInt32(bytes, position + LAST_OFFSET_DELTA_OFFSET);
export const lastOffset = (bytes: Uint8Array, position: number): number =>
  readInt64(bytes, position) + readInt32(bytes, position + LAST_OFFSET_DELTA_OFFSET);
export const nextOffset = (bytes: Uint8Array, position: number): number => lastOffset(bytes, position) + 1;
export const baseTimestamp = (bytes: Uint8Array, position: number): number =>
  readInt64(bytes, position + BASE_TIMESTAMP_OFFSET);
export const maxTimestamp = (bytes: Uint8Array, position: number): number =>
  readInt64(bytes, position + MAX_TIMESTAMP_OFFSET);
/** As {@link baseTimestamp}, whatever a producer has put there. */
export const exactBaseTimestamp = (bytes: Uint8Array, position: number): bigint =>
  readBigInt64(bytes, position + BASE_TIMESTAMP_OFFSET);
export const exactMaxTimestamp = (bytes: Uint8Array, position: number): bigint =>
  readBigInt64(bytes, position + MAX_TIMESTAMP_OFFSET);
/** What the times of the records are told from, exactly. Where the broker has set the time they are all that one. */
export const exactTimestampBase = (bytes: Uint8Array, position: number): bigint =>
  isLogAppendTime(bytes, position) ? exactMaxTimestamp(bytes, position) : exactBaseTimestamp(bytes, position);
export const producerId = (bytes: Uint8Array, position: number): number =>
  readInt64(bytes, position + PRODUCER_ID_OFFSET);
export const hasProducerId = (bytes: Uint8Array, position: number): boolean =>
  producerId(bytes, position) > NO_PRODUCER_ID;
export const producerEpoch = (bytes: Uint8Array, position: number): number =>
  readInt16(bytes, position + PRODUCER_EPOCH_OFFSET);
export const baseSequence = (bytes: Uint8Array, position: number): number =>
  readInt32(bytes, position + BASE_SEQUENCE_OFFSET);
export const lastSequence = (bytes: Uint8Array, position: number): number => {
  const first = baseSequence(bytes, position);
  return first === NO_SEQUENCE ? NO_SEQUENCE : incrementSequence(first, lastOffsetDelta(bytes, position));
};
export const recordCount = (bytes: Uint8Array, position: number): number =>
  readInt32(bytes, position + RECORD_COUNT_OFFSET);

/** Base offset and leader epoch lie outside the checksum: a leader sets them without touching the rest. */
export const setBaseOffset = (bytes: Uint8Array, position: number, offset: number): void =>
  writeInt64(bytes, position, offset);
export const setPartitionLeaderEpoch = (bytes: Uint8Array, position: number, epoch: number): void =>
  writeInt32(bytes, position + PARTITION_LEADER_EPOCH_OFFSET, epoch);

export const setSizeInBytes = (bytes: Uint8Array, position: number, sizeInBytes: number): void =>
  writeInt32(bytes, position + LENGTH_OFFSET, sizeInBytes - LOG_OVERHEAD);

/** Everything below needs {@link writeChecksum} afterwards. */
export const setAttributes = (bytes: Uint8Array, position: number, value: number): void =>
  writeInt16(bytes, position + ATTRIBUTES_OFFSET, value);
export const setMaxTimestamp = (bytes: Uint8Array, position: number, timestampMs: number): void =>
  writeInt64(bytes, position + MAX_TIMESTAMP_OFFSET, timestampMs);

export const setExactBaseTimestamp = (bytes: Uint8Array, position: number, timestampMs: bigint): void =>
  writeBigInt64(bytes, position + BASE_TIMESTAMP_OFFSET, timestampMs);
export const setExactMaxTimestamp = (bytes: Uint8Array, position: number, timestampMs: bigint): void =>
  writeBigInt64(bytes, position + MAX_TIMESTAMP_OFFSET, timestampMs);
export const setRecordCount = (bytes: Uint8Array, position: number, count: number): void =>
  writeInt32(bytes, position + RECORD_COUNT_OFFSET, count);

/** Marks the batch as stamped by the broker: every record of it then has this timestamp, whatever its delta says. */
export function setLogAppendTime(bytes: Uint8Array, position: number, timestampMs: number): void {
  setAttributes(bytes, position, attributes(bytes, position) | TIMESTAMP_TYPE_MASK);
  setMaxTimestamp(bytes, position, timestampMs);
}

/** The timestamps of the records are the producer's again. */
export function setCreateTime(bytes: Uint8Array, position: number, maxTimestampMs: number): void {
  setAttributes(bytes, position, attributes(bytes, position) & ~TIMESTAMP_TYPE_MASK);
  setMaxTimestamp(bytes, position, maxTimestampMs);
}

export function computeChecksum(bytes: Uint8Array, position: number, checksums: Checksums): number {
  return checksums.crc32c(bytes.subarray(position + ATTRIBUTES_OFFSET, position + sizeInBytes(bytes, position)));
}

export function writeChecksum(bytes: Uint8Array, position: number, checksums: Checksums): void {
  writeInt32(bytes, position + CRC_OFFSET, computeChecksum(bytes, position, checksums) | 0);
}

export interface BatchHeader {
  readonly baseOffset: number;
  readonly sizeInBytes: number;
  readonly partitionLeaderEpoch: number;
  readonly attributes: number;
  readonly lastOffsetDelta: number;
  readonly baseTimestamp: number;
  readonly maxTimestamp: number;
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly baseSequence: number;
  readonly recordCount: number;
}

/** Writes a header of magic 2; the checksum is left to {@link writeChecksum}, once the records are in place. */
export function writeHeader(bytes: Uint8Array, position: number, header: BatchHeader): void {
  writeInt64(bytes, position, header.baseOffset);
  setSizeInBytes(bytes, position, header.sizeInBytes);
  writeInt32(bytes, position + PARTITION_LEADER_EPOCH_OFFSET, header.partitionLeaderEpoch);
  bytes[position + MAGIC_OFFSET] = CURRENT_MAGIC;
  writeInt16(bytes, position + ATTRIBUTES_OFFSET, header.attributes);
  writeInt32(bytes, position + LAST_OFFSET_DELTA_OFFSET, header.lastOffsetDelta);
  writeInt64(bytes, position + BASE_TIMESTAMP_OFFSET, header.baseTimestamp);
  writeInt64(bytes, position + MAX_TIMESTAMP_OFFSET, header.maxTimestamp);
  writeInt64(bytes, position + PRODUCER_ID_OFFSET, header.producerId);
  writeInt16(bytes, position + PRODUCER_EPOCH_OFFSET, header.producerEpoch);
  writeInt32(bytes, position + BASE_SEQUENCE_OFFSET, header.baseSequence);
  writeInt32(bytes, position + RECORD_COUNT_OFFSET, header.recordCount);
}

/** The attribute bits of a batch to be written. */
export function attributeBits(options: {
  compressionType?: number;
  logAppendTime?: boolean;
  transactional?: boolean;
  control?: boolean;
}): number {
  return (
    (options.compressionType ?? 0) |
    (options.logAppendTime ? TIMESTAMP_TYPE_MASK : 0) |
    (options.transactional ? TRANSACTIONAL_MASK : 0) |
    (options.control ? CONTROL_MASK : 0)
  );
}

/** The same attributes, for a batch of another codec. */
export function withCompressionType(attributeBits: number, type: number): number {
  return (attributeBits & ~COMPRESSION_MASK) | type;
}

/** The same attributes, for a batch that has a delete horizon. */
export function withDeleteHorizon(attributeBits: number): number {
  return attributeBits | DELETE_HORIZON_MASK;
}

/** The same attributes, for a batch that has lost all its records, and with them codec and delete horizon. */
export function attributesOfEmpty(attributeBits: number): number {
  return attributeBits & ~(COMPRESSION_MASK | DELETE_HORIZON_MASK);
}

/** What can be wrong with a batch as a piece of bytes, before anyone looks at its records. */
export type BatchProblem =
  /** The bytes end before the batch does: a partial batch at the end of a read, or a torn tail. */
  | "incomplete"
  /** The declared length is too small for any batch. */
  | "invalid size"
  /** A format that never existed. */
  | "unknown magic"
  /** Magic 0 or 1, which Kafka 4 no longer takes or stores. */
  | "old magic"
  | "checksum mismatch";

/** Undefined when a whole batch of magic 2 lies at `position`; its checksum is not looked at. */
export function findFramingProblem(bytes: Uint8Array, position: number): BatchProblem | undefined {
  const remaining = bytes.length - position;
  if (remaining < LOG_OVERHEAD) return "incomplete";
  const batchLength = readInt32(bytes, position + LENGTH_OFFSET);
  if (batchLength < SMALLEST_BATCH_LENGTH) return "invalid size";
  if (remaining < HEADER_SIZE_UP_TO_MAGIC) return "incomplete";
  const version = magic(bytes, position);
  if (version < 0 || version > CURRENT_MAGIC) return "unknown magic";
  if (version < CURRENT_MAGIC) return "old magic";
  if (batchLength + LOG_OVERHEAD < RECORD_BATCH_OVERHEAD) return "invalid size";
  if (remaining < batchLength + LOG_OVERHEAD) return "incomplete";
  return undefined;
}

/** As {@link findFramingProblem}, and the checksum too. */
export function findProblem(bytes: Uint8Array, position: number, checksums: Checksums): BatchProblem | undefined {
  return (
    findFramingProblem(bytes, position) ??
    (computeChecksum(bytes, position, checksums) === crc(bytes, position) ? undefined : "checksum mismatch")
  );
}

/** Positions of the whole batches in `bytes`; stops before the first that is incomplete or malformed. */
export function* batchPositions(bytes: Uint8Array): Generator<number, void, void> {
  for (let position = 0; findFramingProblem(bytes, position) === undefined; position += sizeInBytes(bytes, position)) {
    yield position;
  }
}

/** Sequence numbers wrap from 2^31-1 to 0. */
export function incrementSequence(sequence: number, increment: number): number {
  return sequence > 0x7fff_ffff - increment ? increment - (0x7fff_ffff - sequence) - 1 : sequence + increment;
}

export function decrementSequence(sequence: number, decrement: number): number {
  return sequence < decrement ? 0x7fff_ffff - (decrement - sequence) + 1 : sequence - decrement;
}
