import { createRequire } from "node:module";
import { createCrc32c } from "../../src/record/crc32c.ts";
import type { Checksums } from "../../src/runtime.ts";

type Crc32c = Checksums["crc32c"];

/** Below this a call into the native module costs more than the bytes do. */
const nativeFromBytes = 128;

/** The native module takes 5 ms to load; what a start has to check is done sooner without. */
const loadAfterBytes = 64 * 1024;

/** CRC-32C by a native module, loaded when it is worth it, and by the TypeScript implementation where it does not load. */
export function createChecksums(): Checksums {
  const portable = createCrc32c();
  let native: Crc32c = portable;
  let bytesUntilLoaded = loadAfterBytes;
  return {
    crc32c(bytes, initial = 0) {
      if (bytes.length < nativeFromBytes) return portable(bytes, initial);
      if (bytesUntilLoaded > 0) {
        bytesUntilLoaded -= bytes.length;
        if (bytesUntilLoaded <= 0) native = loadNative() ?? portable;
      }
      return native(bytes, initial);
    },
  };
}

function loadNative(): Crc32c | undefined {
  try {
    const { crc32c } = createRequire(import.meta.url)("@node-rs/crc32") as { crc32c: Crc32c };
    return crc32c;
  } catch {
    return undefined;
  }
}
