import { readInt32, readUint32 } from "../record/big-endian.ts";
import { LOG_OVERHEAD } from "../record/record-batch.ts";
import type { File } from "../runtime.ts";

const CRC_POSITION = 12;
const MAGIC_POSITION = 16;
/** A message of magic 0 without key and value. */
const SMALLEST_MESSAGE = 14;
const POLYNOMIAL = 0xedb88320;

/**
 * Whether a whole message of magic 0 or 1 lies at a position, with the right checksum: zeros that a power cut has left in
 * the header of a batch look like one, too.
 */
export function isOldFormatMessage(file: File, position: number, fileBytes: number): boolean {
  const header = new Uint8Array(LOG_OVERHEAD);
  if (file.read(header, position) < LOG_OVERHEAD) return false;
  const size = readInt32(header, 8);
  if (size < SMALLEST_MESSAGE || size > fileBytes - position - LOG_OVERHEAD) return false;
  const message = new Uint8Array(LOG_OVERHEAD + size);
  if (file.read(message, position) < message.length) return false;
  return readUint32(message, CRC_POSITION) === crc32(message.subarray(MAGIC_POSITION));
}

/** CRC-32 as in IEEE 802.3, which nothing of today's format uses: bit by bit will do. */
function crc32(bytes: Uint8Array): number {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? POLYNOMIAL : 0);
  }
  return ~crc >>> 0;
}
