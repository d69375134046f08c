import { closeSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";

/**
 * What a page that is written to costs depends on who had it last: one that the machine has never used is several times
 * as dear as one that has just been freed. A file larger than the run is written and removed before it, so that every
 * broker finds the same.
 */
export function writeScratch(directory: string, sizeBytes: number): void {
  const path = join(directory, "scratch");
  const chunk = Buffer.alloc(8 << 20, 1);
  const file = openSync(path, "w");
  for (let written = 0; written < sizeBytes; written += chunk.length) writeSync(file, chunk);
  closeSync(file);
  rmSync(path);
}
