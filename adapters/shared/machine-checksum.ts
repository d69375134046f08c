import process from "node:process";
import { crc32cCode, featuresCode, PCLMULQDQ_FEATURE, SSE42_FEATURE } from "./crc32c-code.ts";
import type { ForeignFunctions } from "./foreign-functions.ts";
import { sharedLibrary } from "./shared-library.ts";

export type Crc32c = (bytes: Uint8Array, initial: number) => number;

const MFD_CLOEXEC = 1;

/**
 * CRC-32C by our own machine code; undefined where it can't run, and where it does not agree with `portable`. The library
 * it is in lives in memory only.
 */
export function loadMachineCrc32c(foreign: ForeignFunctions, portable: Crc32c): Crc32c | undefined {
  if (process.platform !== "linux" || process.arch !== "x64") return undefined;
  if (!foreign.isBuiltIn() || foreign.obstacle() !== undefined) return undefined;
  try {
    const { crc32c, features } = load(foreign);
    const needed = SSE42_FEATURE | PCLMULQDQ_FEATURE;
    if ((features() & needed) !== needed) return undefined;
    const machine: Crc32c = (bytes, initial) => crc32c(initial, bytes, bytes.length);
    return agrees(machine, portable) ? machine : undefined;
  } catch {
    return undefined;
  }
}

function load(foreign: ForeignFunctions) {
  // Not by node:fs: one runtime's knows only the descriptors that it has opened.
  const { memfd_create, write, close } = foreign.open(undefined, {
    memfd_create: { parameters: ["bytes", "uint32"], result: "int32" },
    write: { parameters: ["int32", "bytes", "int64"], result: "int32" },
    close: { parameters: ["int32"], result: "int32" },
  });
  const descriptor = memfd_create(new TextEncoder().encode("crc32c\0".padEnd(argumentBytes, "\0")), MFD_CLOEXEC);
  if (descriptor < 0) throw new Error("memfd_create(2) is refused");
  try {
    const library = sharedLibrary({ crc32c: crc32cCode, features: featuresCode });
    if (write(descriptor, library, library.length) !== library.length) throw new Error("The library is not written");
    return foreign.open(`/proc/self/fd/${descriptor}`, {
      crc32c: { parameters: ["uint32", "bytes", "uint32"], result: "uint32" },
      features: { parameters: [], result: "uint32" },
    });
  } finally {
    close(descriptor);
  }
}

/** Larger than what an engine keeps inside its heap, where it could move. */
const argumentBytes = 4096;

/** On lengths around every limit of the code. */
function agrees(machine: Crc32c, portable: Crc32c): boolean {
  const bytes = Uint8Array.from({ length: 4_000 }, (_, index) => (index * 37) ^ (index >> 3));
  return [0, 1, 7, 8, 9, 767, 768, 769, 1_543, 3_990].every((length) => {
    const part = bytes.subarray(length % 8, (length % 8) + length);
    return machine(part, length) === portable(part, length);
  });
}
