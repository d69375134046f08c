import type { Compression } from "../../src/runtime.ts";

/** Of a simulated computer that was given no codecs. */
export const missingCompression: Compression = {
  gzip: missing,
  gunzip: missing,
  snappy: missing,
  unsnappy: missing,
  lz4: missing,
  unlz4: missing,
  zstd: missing,
  unzstd: missing,
  release: missing,
};

function missing(): never {
  throw new Error("This simulated runtime was created without codecs");
}
