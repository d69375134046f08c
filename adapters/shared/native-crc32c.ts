import { createRequire } from "node:module";
import type { Checksums } from "../../src/runtime.ts";

export type Crc32c = Checksums["crc32c"];

const require = createRequire(import.meta.url);

/** 8 GB/s where the fastest one has 33. Undefined where it does not load. */
export function loadCrc32c(): Crc32c | undefined {
  return load<{ crc32c: Crc32c }>("@node-rs/crc32")?.crc32c;
}

/**
 * That of the package aws-crt, which multiplies without carry 64 bytes at a time where the processor can. Undefined where it
 * is not installed: it is large, so that whoever wants it asks for it. Its binary is loaded by itself: its own loader runs
 * another program to learn about the C library.
 */
export function loadFastestCrc32c(): Crc32c | undefined {
  const { platform, arch } = process;
  for (const system of platform === "linux" ? ["glibc", "musl"] : ["cruntime"]) {
    const binary = `aws-crt/dist/bin/${platform}-${arch}-${system}/aws-crt-nodejs.node`;
    const loaded = load<{ checksums_crc32c?: Crc32c }>(binary);
    if (loaded?.checksums_crc32c !== undefined) return loaded.checksums_crc32c;
  }
  return undefined;
}

function load<T>(name: string): T | undefined {
  try {
    return require(name) as T;
  } catch {
    return undefined;
  }
}
