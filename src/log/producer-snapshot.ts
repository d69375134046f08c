import {
  readInt16,
  readInt32,
  readInt64,
  readUint32,
  writeInt16,
  writeInt32,
  writeInt64,
} from "../record/big-endian.ts";
import type { Checksums } from "../runtime.ts";
import { ProducerEntry } from "./producer-entry.ts";

const VERSION = 1;
const CRC_POSITION = 2;
const CRC_START = 6;
const HEADER_SIZE = 10;
const ENTRY_SIZE = 46;

/** The content of a `.snapshot` file: of each producer its last batch and its open transaction. */
export function encodeProducerSnapshot(entries: Iterable<ProducerEntry>, checksums: Checksums): Uint8Array {
  const producers = [...entries];
  const bytes = new Uint8Array(HEADER_SIZE + producers.length * ENTRY_SIZE);
  writeInt16(bytes, 0, VERSION);
  writeInt32(bytes, CRC_START, producers.length);
  let position = HEADER_SIZE;
  for (const entry of producers) {
    writeInt64(bytes, position, entry.producerId);
    writeInt16(bytes, position + 8, entry.producerEpoch);
    writeInt32(bytes, position + 10, entry.lastSequence);
    writeInt64(bytes, position + 14, entry.lastOffset);
    writeInt32(bytes, position + 22, entry.lastOffsetDelta);
    writeInt64(bytes, position + 26, entry.lastTimestamp);
    writeInt32(bytes, position + 34, entry.coordinatorEpoch);
    writeInt64(bytes, position + 38, entry.currentTransactionFirstOffset);
    position += ENTRY_SIZE;
  }
  writeInt32(bytes, CRC_POSITION, checksums.crc32c(bytes.subarray(CRC_START)) | 0);
  return bytes;
}

/** Undefined for bytes that are not a whole snapshot of this version. */
export function decodeProducerSnapshot(bytes: Uint8Array, checksums: Checksums): ProducerEntry[] | undefined {
  if (bytes.length < HEADER_SIZE || readInt16(bytes, 0) !== VERSION) return undefined;
  if (readUint32(bytes, CRC_POSITION) !== checksums.crc32c(bytes.subarray(CRC_START))) return undefined;
  const count = readInt32(bytes, CRC_START);
  if (bytes.length !== HEADER_SIZE + count * ENTRY_SIZE) return undefined;
  return Array.from({ length: count }, (_, index) => decodeEntry(bytes, HEADER_SIZE + index * ENTRY_SIZE));
}

function decodeEntry(bytes: Uint8Array, position: number): ProducerEntry {
  const entry = new ProducerEntry(readInt64(bytes, position));
  const lastOffset = readInt64(bytes, position + 14);
  const timestamp = readInt64(bytes, position + 26);
  entry.producerEpoch = readInt16(bytes, position + 8);
  entry.lastTimestamp = timestamp;
  entry.coordinatorEpoch = readInt32(bytes, position + 34);
  entry.currentTransactionFirstOffset = readInt64(bytes, position + 38);
  if (lastOffset >= 0) {
    entry.batches.push({
      lastSequence: readInt32(bytes, position + 10),
      lastOffset,
      offsetDelta: readInt32(bytes, position + 22),
      timestamp,
    });
  }
  return entry;
}
