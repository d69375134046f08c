import { createRequire } from "node:module";
import { createCrc32c } from "../../src/record/crc32c.ts";
import type { Checksums } from "../../src/runtime.ts";
import type { ForeignFunctions } from "./foreign-functions.ts";
import { type Crc32c, loadMachineCrc32c } from "./machine-checksum.ts";

/** Below this a call into anything that is not JavaScript costs more than the bytes do. */
const nativeFromBytes = 128;

/** What is native takes its time to load; what a start has to check is done sooner without. */
const loadAfterBytes = 64 * 1024;

/**
 * CRC-32C by machine code, or by a native module, loaded when it is worth it; and by the TypeScript implementation where
 * there is neither.
 */
export function createChecksums(foreign: ForeignFunctions): Checksums {
  const portable = createCrc32c();
  let native: Crc32c = portable;
  let bytesUntilLoaded = loadAfterBytes;
  return {
    crc32c(bytes, initial = 0) {
      if (bytes.length < nativeFromBytes) return portable(bytes, initial);
      if (bytesUntilLoaded > 0) {
        bytesUntilLoaded -= bytes.length;
        if (bytesUntilLoaded <= 0) native = loadMachineCrc32c(foreign, portable) ?? loadModule() ?? portable;
      }
      return native(bytes, initial);
    },
  };
}

function loadModule(): Crc32c | undefined {
  try {
    const { crc32c } = createRequire(import.meta.url)("@node-rs/crc32") as { crc32c: Crc32c };
    return crc32c;
  } catch {
    return undefined;
  }
}
