/**
 * CRC-32C (Castagnoli) by slicing: eight tables take eight bytes a step. A runtime without a native implementation
 * creates one of these; the answers are the same.
 */
const POLYNOMIAL = 0x82f6_3b78;
const SLICES = 8;

export function createCrc32c(): (bytes: Uint8Array, initial?: number) => number {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = buildTables() as Tables;
  return (bytes, initial = 0) => {
    let crc = ~initial;
    let position = 0;
    for (const end = bytes.length - 7; position < end; position += SLICES) {
      crc ^=
        bytes[position]! | (bytes[position + 1]! << 8) | (bytes[position + 2]! << 16) | (bytes[position + 3]! << 24);
      crc =
        t7[crc & 0xff]! ^
        t6[(crc >>> 8) & 0xff]! ^
        t5[(crc >>> 16) & 0xff]! ^
        t4[crc >>> 24]! ^
        t3[bytes[position + 4]!]! ^
        t2[bytes[position + 5]!]! ^
        t1[bytes[position + 6]!]! ^
        t0[bytes[position + 7]!]!;
    }
    for (; position < bytes.length; position++) {
      crc = t0[(crc ^ bytes[position]!) & 0xff]! ^ (crc >>> 8);
    }
    return ~crc >>> 0;
  };
}

type Table = Int32Array;
type Tables = [Table, Table, Table, Table, Table, Table, Table, Table];

function buildTables(): Table[] {
  const tables = Array.from({ length: SLICES }, () => new Int32Array(256));
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? POLYNOMIAL : 0);
    tables[0]![byte] = crc;
  }
  for (let slice = 1; slice < SLICES; slice++) {
    for (let byte = 0; byte < 256; byte++) {
      const previous = tables[slice - 1]![byte]!;
      tables[slice]![byte] = (previous >>> 8) ^ tables[0]![previous & 0xff]!;
    }
  }
  return tables;
}
