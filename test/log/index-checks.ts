import { expect } from "vitest";
import type { Log } from "../../src/log/log.ts";
import type { Segment } from "../../src/log/segment.ts";

/** Every entry of every index says what is true of the batches, and every offset and time is found by them. */
export function checkIndexes(log: Log): void {
  for (const segment of log.segments) checkSegment(segment);
}

/** Of every record of a hundred thousand histories: an assertion that holds must cost nothing. */
export function expectSame<T>(actual: T, expected: T, what: string, where: number): void {
  if (actual !== expected) expect(actual, `${what} ${where}`).toBe(expected);
}

interface Batch {
  readonly position: number;
  readonly lastOffset: number;
  readonly maxTimestamp: number;
}

function checkSegment(segment: Segment): void {
  const batches: Batch[] = [];
  const scanner = segment.scan(0);
  for (let found = scanner !== undefined; found; found = scanner!.next()) {
    const { position, lastOffset, maxTimestamp } = scanner!;
    batches.push({ position, lastOffset, maxTimestamp });
  }
  const byPosition = new Map(batches.map((batch) => [batch.position, batch]));
  for (let n = 0; n < segment.offsetIndex.entries; n++) {
    const { offset, position } = segment.offsetIndex.entry(n);
    expectSame(byPosition.get(position)?.lastOffset, offset, `${segment.offsetIndex.path} entry`, n);
  }
  for (let n = 0; n < segment.timeIndex.entries; n++) {
    const { timestamp, offset } = segment.timeIndex.entry(n);
    const index = batches.findIndex(({ lastOffset }) => lastOffset === offset);
    expectSame(batches[index]?.maxTimestamp, timestamp, `${segment.timeIndex.path} entry`, n);
    const isFirst = batches.findIndex(({ maxTimestamp }) => maxTimestamp >= timestamp) === index;
    expectSame(isFirst, true, `${segment.timeIndex.path} names the first batch of its time in entry`, n);
  }
  for (const { lastOffset, position } of batches) {
    expectSame(segment.translate(lastOffset)?.position, position, "found by its offset:", lastOffset);
  }
}
