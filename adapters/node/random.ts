import { closeSync, openSync, readSync } from "node:fs";

/**
 * From the kernel's own file: with node:crypto or Web Crypto the same bytes take a tenth of the whole start, as Node loads
 * all of its cryptography with them.
 */
export function fillRandom(bytes: Uint8Array<ArrayBuffer>): void {
  const descriptor = openKernelSource();
  if (descriptor === undefined) {
    crypto.getRandomValues(bytes);
    return;
  }
  try {
    for (let count = 0; count < bytes.length; ) {
      count += readSync(descriptor, bytes, count, bytes.length - count, null);
    }
  } finally {
    closeSync(descriptor);
  }
}

function openKernelSource(): number | undefined {
  try {
    return openSync("/dev/urandom", "r");
  } catch {
    // Windows, or a surrounding without devices.
    return undefined;
  }
}
