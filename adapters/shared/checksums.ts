import { createCrc32c } from "../../src/record/crc32c.ts";
import type { Checksums, LogSink } from "../../src/runtime.ts";
import { type Crc32c, loadCrc32c, loadFastestCrc32c } from "./native-crc32c.ts";

/** Below this a call into the native module costs more than the bytes do. */
const nativeFromBytes = 128;

/** The native module takes 5 ms to load; what a start has to check is done sooner without. */
const loadAfterBytes = 64 * 1024;

/** The fastest one takes 30 ms to load and 10 MB of memory: for a broker through which much goes. */
const loadFastestAfterBytes = 64 * 1024 * 1024;

/**
 * CRC-32C by native modules, each loaded when it is worth it, and by the TypeScript implementation where none loads. Says
 * once which one it is for good.
 */
export function createChecksums(log?: LogSink, fastestAfterBytes = loadFastestAfterBytes): Checksums {
  const portable = createCrc32c();
  let native: Crc32c = portable;
  let bytesDone = 0;
  let loadAtBytes = loadAfterBytes;
  const load = (): void => {
    if (bytesDone < fastestAfterBytes) {
      native = loadCrc32c() ?? portable;
      loadAtBytes = fastestAfterBytes;
      return;
    }
    const fastest = loadFastestCrc32c();
    native = fastest ?? loadCrc32c() ?? portable;
    loadAtBytes = Number.POSITIVE_INFINITY;
    const name = fastest !== undefined ? "aws-crt" : native === portable ? "TypeScript" : "@node-rs/crc32";
    log?.write("info", `checksums: CRC-32C by ${name}`);
  };
  return {
    crc32c(bytes, initial = 0) {
      if (bytes.length < nativeFromBytes) return portable(bytes, initial);
      bytesDone += bytes.length;
      if (bytesDone >= loadAtBytes) load();
      return native(bytes, initial);
    },
  };
}
