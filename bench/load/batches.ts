import { constants, zstdCompressSync } from "node:zlib";
import { compressFrameSync } from "lz4-napi";
import { batchHeader, recordBatch, resealed } from "../../test/clients/wire/record-batch.ts";

export type LoadCompression = "none" | "lz4" | "zstd";

export interface LoadBatch {
  readonly bytes: Buffer;
  readonly records: number;
  /** Without compression. */
  readonly uncompressedBytes: number;
}

export interface BatchShape {
  readonly recordBytes: number;
  /** Before compression. */
  readonly batchBytes: number;
  readonly compression?: LoadCompression;
}

/** Bits of the attributes. */
const codecs = { none: 0, lz4: 3, zstd: 4 } as const;

/** A batch that holds as many records of `recordBytes` as fit in `batchBytes`, at least one. */
export function loadBatch({ recordBytes, batchBytes, compression = "none" }: BatchShape): LoadBatch {
  const overhead = recordBytes < 128 ? 7 : 9;
  const records = Math.max(1, Math.floor((batchBytes - batchHeader.records) / (recordBytes + overhead)));
  const values = Array.from({ length: records }, (_, index) => ({ value: recordValue(recordBytes, index) }));
  const plain = recordBatch(values, { attributes: codecs[compression] });
  const bytes = compression === "none" ? plain : compressed(plain, compression);
  return { bytes, records, uncompressedBytes: plain.length };
}

/** JSON that differs from record to record, so that compression has something to do: about 5 to 1. */
function recordValue(sizeBytes: number, index: number): Buffer {
  let text = "";
  for (let part = index; text.length < sizeBytes; part += 7_919) {
    const id = (part * 2_654_435_761) % 1_000_000_007;
    text += `{"id":${id},"user":"user-${id % 99_991}","event":"page_view","ts":${1_700_000_000_000 + id},"url":"https://example.com/item/${id % 1_000_003}","ok":true}`;
  }
  return Buffer.from(text.slice(0, sizeBytes));
}

function compressed(batch: Buffer, compression: "lz4" | "zstd"): Buffer {
  const records = batch.subarray(batchHeader.records);
  const packed =
    compression === "lz4"
      ? compressFrameSync(records)
      : zstdCompressSync(records, { params: { [constants.ZSTD_c_compressionLevel]: 3 } });
  const whole = Buffer.concat([batch.subarray(0, batchHeader.records), packed]);
  whole.writeInt32BE(whole.length - 12, batchHeader.batchLength);
  return resealed(whole);
}
