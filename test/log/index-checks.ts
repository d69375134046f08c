import { expect } from "vitest";
import type { Log } from "../../src/log/log.ts";
import type { Segment } from "../../src/log/segment.ts";

/** Every entry of every index says what is true of the batches, and every offset and time is found by them. */
export function checkIndexes(log: Log): void {
  for (const segment of log.segments) checkSegment(segment);
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
    expect(byPosition.get(position)?.lastOffset, `${segment.offsetIndex.path} entry ${n}`).toBe(offset);
  }
  for (let n = 0; n < segment.timeIndex.entries; n++) {
    const { timestamp, offset } = segment.timeIndex.entry(n);
    const index = batches.findIndex(({ lastOffset }) => lastOffset === offset);
    expect(batches[index]?.maxTimestamp, `${segment.timeIndex.path} entry ${n}`).toBe(timestamp);
    for (const earlier of batches.slice(0, index)) expect(earlier.maxTimestamp).toBeLessThan(timestamp);
  }
  for (const { lastOffset, position } of batches) expect(segment.translate(lastOffset)?.position).toBe(position);
}
