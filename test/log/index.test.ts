import { describe, expect, test } from "vitest";
import { OffsetIndex } from "../../src/log/offset-index.ts";
import { RecentBatches } from "../../src/log/recent-batches.ts";
import { TimeIndex } from "../../src/log/time-index.ts";
import { simulate } from "./log-fixture.ts";

const path = "/index";

describe("an offset index", () => {
  function filled(entries: number, runtime = simulate()) {
    const index = new OffsetIndex(runtime, path, 1_000, 8 * Math.max(1_000, entries));
    index.create();
    for (let entry = 0; entry < entries; entry++) index.append(1_010 + entry * 10, 500 + entry * 50);
    return { index, runtime };
  }

  test("finds the last entry at or before an offset, whether it is in the file or still in memory", () => {
    // More than one block of them, and those in memory in the same block as those in the file.
    for (const entries of [1, 2, 127, 128, 129, 500, 512, 513, 1_300]) {
      const { index } = filled(entries);
      expect(index.lookup(1_000)).toEqual({ offset: 1_000, position: 0 });
      expect(index.lookup(1_009)).toEqual({ offset: 1_000, position: 0 });
      for (let entry = 0; entry < entries; entry++) {
        const expected = { offset: 1_010 + entry * 10, position: 500 + entry * 50 };
        expect(index.lookup(1_010 + entry * 10)).toEqual(expected);
        expect(index.lookup(1_019 + entry * 10)).toEqual(expected);
      }
    }
  });

  test("is found again with and without its preallocated tail", () => {
    for (const entries of [0, 1, 300]) {
      for (const trimmed of [true, false]) {
        const { index, runtime } = filled(entries);
        if (trimmed) index.trim();
        else index.preallocate();
        index.close();
        const again = new OffsetIndex(runtime, path, 1_000, 8 * 1_000);
        expect(again.load()).toBe(true);
        expect(again.entries).toBe(entries);
        expect(again.lastEntry()).toEqual(index.lastEntry());
        expect(runtime.files.stat(path)?.sizeBytes).toBe(trimmed ? entries * 8 : 8_000);
      }
    }
  });

  test("has room for all its entries from the first one that is written on, and takes no room before", () => {
    const { index, runtime } = filled(0);
    const sizeBytes = () => runtime.files.stat(path)?.sizeBytes;
    expect(sizeBytes()).toBe(0);
    for (let entry = 0; entry < 129; entry++) index.append(1_010 + entry, 500 + entry);
    expect(sizeBytes()).toBe(8_000);
    expect(index.lookup(1_138)).toEqual({ offset: 1_138, position: 628 });
    index.trim();
    expect(sizeBytes()).toBe(129 * 8);
  });

  test("takes only offsets that follow, and within 31 bits of its base", () => {
    const { index } = filled(3);
    expect(() => index.append(1_030, 9_999)).toThrow(/follow/);
    expect(index.canAppendOffset(1_000 + 2 ** 31 - 1)).toBe(true);
    expect(index.canAppendOffset(1_000 + 2 ** 31)).toBe(false);
    expect(index.canAppendOffset(999)).toBe(false);
  });

  test("truncated at any offset keeps the entries before it, and the rest is zeros again", () => {
    for (const offset of [1_000, 1_010, 1_011, 2_500, 4_009, 4_010, 9_999]) {
      const { index, runtime } = filled(300);
      const kept = Array.from({ length: 300 }, (_, entry) => 1_010 + entry * 10).filter(
        (entry) => entry < offset,
      ).length;
      index.truncateTo(offset);
      expect(index.entries).toBe(kept);
      index.append(9_999_999, 77_777);
      expect(index.lookup(9_999_999).position).toBe(77_777);
      index.trim();
      expect(runtime.files.stat(path)?.sizeBytes).toBe((kept + 1) * 8);
    }
  });
});

describe("a time index", () => {
  test("finds the last entry at or before a time, and adds none that is not later", () => {
    const { files } = simulate();
    const index = new TimeIndex({ files }, path, 50, 12 * 1_000);
    index.create();
    index.maybeAppend(100, 60);
    index.maybeAppend(100, 70);
    index.maybeAppend(90, 80);
    index.maybeAppend(1_700_000_000_000, 90);
    expect(index.entries).toBe(2);
    expect(index.lookup(99)).toEqual({ timestamp: -1, offset: 50 });
    expect(index.lookup(100)).toEqual({ timestamp: 100, offset: 60 });
    expect(index.lookup(1_699_999_999_999)).toEqual({ timestamp: 100, offset: 60 });
    expect(index.lookup(1_700_000_000_000)).toEqual({ timestamp: 1_700_000_000_000, offset: 90 });
    index.truncateTo(90);
    expect(index.lastEntry()).toEqual({ timestamp: 100, offset: 60 });
  });

  test("whose only entry is of time 0 and the first offset has it, as with Apache Kafka, unless it is preallocated", () => {
    for (const trimmed of [true, false]) {
      const runtime = simulate();
      const index = new TimeIndex(runtime, path, 1_000, 1_200);
      index.create();
      index.maybeAppend(0, 1_000);
      if (trimmed) index.trim();
      else index.preallocate();
      index.close();
      const again = new TimeIndex(runtime, path, 1_000, 1_200);
      expect(again.load()).toBe(true);
      expect([again.entries, again.lastEntry().timestamp]).toEqual(trimmed ? [1, 0] : [0, -1]);
    }
  });

  test("keeps one place free for the entry of a closing segment", () => {
    const { files } = simulate();
    const index = new TimeIndex({ files }, path, 0, 12 * 4);
    index.create();
    for (let entry = 1; !index.isFull; entry++) index.maybeAppend(entry, entry);
    expect(index.entries).toBe(3);
    index.maybeAppend(100, 100);
    expect(index.entries).toBe(4);
  });
});

test("recent batches are found by any of their offsets, older ones and gaps are not", () => {
  const recent = new RecentBatches();
  expect(recent.find(0)).toBeUndefined();
  for (let batch = 0; batch < 50; batch++) recent.add(batch * 10, batch * 10 + 4, batch * 100, 100);
  expect(recent.find(490)).toEqual({ position: 4_900, sizeInBytes: 100 });
  expect(recent.find(494)).toEqual({ position: 4_900, sizeInBytes: 100 });
  expect(recent.find(495)).toBeUndefined();
  expect(recent.find(485)).toBeUndefined();
  expect(recent.find(180)).toEqual({ position: 1_800, sizeInBytes: 100 });
  expect(recent.find(174)).toBeUndefined();
  recent.clear();
  expect(recent.find(490)).toBeUndefined();
});
