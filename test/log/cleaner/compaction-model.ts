import type { Log } from "../../../src/log/log.ts";
import { readCommitted } from "./committed-reader.ts";
import type { WrittenRecord } from "./random-log.ts";

/** What has been written and committed, and so what a compacted log must still say. */
export class CompactionModel {
  readonly #written: () => readonly WrittenRecord[];

  constructor(written: () => readonly WrittenRecord[]) {
    this.#written = written;
  }

  /** What the log does not say as it should; undefined when all is well. */
  findProblem(log: Log): string | undefined {
    const byOffset = new Map(this.#written().map((record) => [record.offset, record]));
    const read = readCommitted(log);
    let previous = -1;
    for (const { offset, key, value } of read) {
      if (offset <= previous) return `Offset ${offset} follows offset ${previous}`;
      previous = offset;
      const written = byOffset.get(offset);
      if (written === undefined) return `Nothing committed was written at offset ${offset}, where ${key} is read`;
      if (written.key !== key || written.value !== value)
        return `Offset ${offset} has ${key}=${value}, not what was written`;
    }
    const decided = this.#written().filter(({ offset }) => offset < log.lastStableOffset);
    return findDifference(latestOf(decided), latestOf(read));
  }
}

/** The latest value by offset, of the keys that are not deleted. */
function latestOf(records: readonly WrittenRecord[]): Map<string, WrittenRecord> {
  const latest = new Map<string, WrittenRecord>();
  for (const record of records) {
    const before = latest.get(record.key);
    if (before === undefined || before.offset < record.offset) latest.set(record.key, record);
  }
  for (const [key, { value }] of latest) if (value === null) latest.delete(key);
  return latest;
}

function findDifference(expected: Map<string, WrittenRecord>, actual: Map<string, WrittenRecord>): string | undefined {
  for (const [key, { offset }] of expected) {
    const found = actual.get(key);
    if (found === undefined) return `The value of ${key} at offset ${offset} is lost`;
    if (found.offset !== offset) return `The value of ${key} is that of offset ${found.offset}, not of ${offset}`;
  }
  for (const [key, { offset }] of actual)
    if (!expected.has(key)) return `${key} was deleted and is back, at offset ${offset}`;
  return undefined;
}
