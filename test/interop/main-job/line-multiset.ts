import { closeSync, openSync, readSync } from "node:fs";

/**
 * The lines of some files as a multiset: 64 bits of hash each, sorted. Two are the same when every line is in both
 * equally often.
 */
export function lineMultiset(paths: readonly string[], expectedLines: number): BigUint64Array {
  let hashes = new BigUint64Array(expectedLines);
  let count = 0;
  for (const path of paths) {
    for (const hash of lineHashes(path)) {
      if (count === hashes.length) {
        const larger = new BigUint64Array(Math.max(1_024, count * 2));
        larger.set(hashes);
        hashes = larger;
      }
      hashes[count++] = hash;
    }
  }
  return hashes.subarray(0, count).sort();
}

/** The first few hashes that are not equally often in both. */
export function difference(left: BigUint64Array, right: BigUint64Array): string[] {
  const found: string[] = [];
  let l = 0;
  let r = 0;
  while ((l < left.length || r < right.length) && found.length < 10) {
    if (r === right.length || left[l]! < right[r]!) found.push(`${left[l++]!.toString(16)} is missing`);
    else if (l === left.length || left[l]! > right[r]!) found.push(`${right[r++]!.toString(16)} is too often there`);
    else {
      l++;
      r++;
    }
  }
  return found;
}

/** Two independent 32-bit hashes of each line: FNV-1a, and a multiplicative one of another odd factor and start. */
function* lineHashes(path: string): Generator<bigint> {
  const file = openSync(path, "r");
  const chunk = new Uint8Array(1 << 20);
  const halves = new Uint32Array(2);
  const whole = new BigUint64Array(halves.buffer);
  let [high, low] = [0x811c9dc5, 0x9e3779b9];
  let length = 0;
  for (;;) {
    const count = readSync(file, chunk, 0, chunk.length, null);
    if (count === 0) break;
    for (let i = 0; i < count; i++) {
      const byte = chunk[i]!;
      if (byte !== 10) {
        high = Math.imul(high ^ byte, 0x01000193);
        low = Math.imul((low << 5) ^ (low >>> 27) ^ byte, 0x85ebca6b);
        length++;
        continue;
      }
      halves[0] = high;
      halves[1] = low;
      yield whole[0]!;
      [high, low] = [0x811c9dc5, 0x9e3779b9];
      length = 0;
    }
  }
  closeSync(file);
  if (length > 0) throw new Error(`${path} does not end with a line end`);
}
