import { describe, expect, test } from "vitest";
import { Timeline } from "../../src/timeline/timeline.ts";
import { TimelineMap } from "../../src/timeline/timeline-map.ts";
import { TimelineSet } from "../../src/timeline/timeline-set.ts";
import { TimelineValue } from "../../src/timeline/timeline-value.ts";

function timelineAt(offset: number): Timeline {
  const timeline = new Timeline();
  timeline.advance(offset);
  return timeline;
}

describe("TimelineMap", () => {
  test("reads the latest value at once and the committed value only after the commit", () => {
    const timeline = timelineAt(5);
    const map = new TimelineMap<string, number>(timeline);
    map.set("a", 1);
    expect(map.get("a")).toBe(1);
    expect(map.getCommitted("a")).toBeUndefined();
    expect(map.hasCommitted("a")).toBe(false);
    timeline.commit(5);
    expect(map.hasCommitted("a")).toBe(false);
    timeline.commit(6);
    expect(map.getCommitted("a")).toBe(1);
  });

  test("commits part of a key's history", () => {
    const timeline = timelineAt(0);
    const map = new TimelineMap<string, number>(timeline);
    for (const offset of [1, 2, 3]) {
      timeline.advance(offset);
      map.set("a", offset * 10);
    }
    timeline.commit(2);
    expect(map.getCommitted("a")).toBe(10);
    timeline.commit(3);
    expect(map.getCommitted("a")).toBe(20);
    expect(map.get("a")).toBe(30);
    timeline.commit(4);
    expect(map.getCommitted("a")).toBe(30);
  });

  test("reverts to an uncommitted offset, deletions and a value of undefined included", () => {
    const timeline = timelineAt(1);
    const map = new TimelineMap<string, number | undefined>(timeline);
    map.set("kept", 1);
    map.set("void", undefined);
    timeline.advance(2);
    map.delete("kept");
    map.delete("void");
    map.set("new", 2);
    expect([...map.keys()]).toEqual(["new"]);
    timeline.revert(2);
    expect([...map].sort()).toEqual([
      ["kept", 1],
      ["void", undefined],
    ]);
    timeline.revert(0);
    expect(map.size).toBe(0);
  });

  test("lists committed entries: with deletions that are not committed, without additions that are not", () => {
    const timeline = timelineAt(1);
    const map = new TimelineMap<string, number>(timeline);
    map.set("a", 1);
    map.set("b", 1);
    timeline.commit(2);
    timeline.advance(2);
    map.delete("a");
    map.set("b", 2);
    map.set("c", 2);
    expect([...map.committedEntries()].sort()).toEqual([
      ["a", 1],
      ["b", 1],
    ]);
    timeline.commit(3);
    expect([...map.committedKeys()]).toEqual(["b", "c"]);
    expect([...map.committedValues()]).toEqual([2, 2]);
  });

  test("agrees with a naive model that copies the whole map at every offset", () => {
    let seed = 7;
    const chance = (below: number) => {
      seed = (seed * 1103515245 + 12345) & 0x7fffffff;
      return (seed >> 8) % below;
    };
    const timeline = timelineAt(0);
    const map = new TimelineMap<number, number>(timeline);
    /** states[n] = the state before the record at offset n. */
    const states: Map<number, number>[] = [new Map()];
    let committed = 0;
    for (let step = 0; step < 3000; step++) {
      const endOffset = states.length - 1;
      const action = chance(10);
      if (action < 7) {
        const state = new Map(states[endOffset]);
        timeline.advance(endOffset);
        for (let change = chance(3); change >= 0; change--) {
          const key = chance(8);
          if (chance(3) === 0) {
            expect(map.delete(key)).toBe(state.delete(key));
          } else {
            map.set(key, step);
            state.set(key, step);
          }
        }
        states.push(state);
      } else if (action < 9) {
        committed += chance(endOffset - committed + 1);
        timeline.commit(committed);
      } else {
        const target = committed + chance(endOffset - committed + 1);
        timeline.revert(target);
        states.length = target + 1;
      }
      expect(new Map(map)).toEqual(states.at(-1));
      expect(new Map(map.committedEntries())).toEqual(states[committed]);
    }
  });
});

describe("Timeline", () => {
  test("refuses to revert what is committed, and to go back without a revert", () => {
    const timeline = timelineAt(4);
    timeline.commit(4);
    expect(() => timeline.revert(3)).toThrow(/committed/);
    expect(() => timeline.advance(3)).toThrow(/went back/);
  });

  test("reverts several tables together", () => {
    const timeline = timelineAt(0);
    const value = new TimelineValue(timeline, "start");
    const set = new TimelineSet<string>(timeline);
    set.add("x");
    timeline.commit(1);
    timeline.advance(1);
    value.set("one");
    set.add("y");
    set.delete("x");
    timeline.advance(2);
    value.set("two");
    expect(value.get()).toBe("two");
    expect(value.getCommitted()).toBe("start");
    expect([...set.committed()]).toEqual(["x"]);
    timeline.commit(2);
    expect(value.getCommitted()).toBe("one");
    expect(set.hasCommitted("y")).toBe(true);
    timeline.revert(2);
    expect(value.get()).toBe("one");
    expect([...set]).toEqual(["y"]);
  });
});
