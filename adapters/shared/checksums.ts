import { createRequire } from "node:module";
import { createCrc32c } from "../../src/record/crc32c.ts";
import type { Checksums } from "../../src/runtime.ts";

type NativeCrc32c = (bytes: Uint8Array, initial?: number) => number;

/** Below this a call into the native module costs more than the bytes do. */
const nativeFromBytes = 128;

/** The native module takes 5 ms to load; what a start has to check is done sooner without. */
const loadAfterBytes = 64 * 1024;

/** CRC-32C by a native module, loaded when it is worth it, and by the TypeScript implementation where it does not load. */
export function createChecksums(): Checksums {
  const portable = createCrc32c();
  let native: NativeCrc32c | undefined;
  let bytesUntilLoaded = loadAfterBytes;
  return {
    crc32c(bytes, initial = 0) {
      if (bytes.length < nativeFromBytes) return portable(bytes, initial);
      if (bytesUntilLoaded > 0) {
        bytesUntilLoaded -= bytes.length;
        if (bytesUntilLoaded <= 0) native = loadNative();
      }
      return native === undefined ? portable(bytes, initial) : native(bytes, initial);
    },
  };
}

function loadNative(): NativeCrc32c | undefined {
  try {
    const { crc32c: native } = createRequire(import.meta.url)("@node-rs/crc32") as { crc32c: NativeCrc32c };
    return native;
  } catch {
    return undefined;
  }
}
