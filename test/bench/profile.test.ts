import { expect, test } from "vitest";
import { type CpuProfile, callTree, dearest } from "../../bench/profile/cpu-profile.ts";
import { flameGraph } from "../../bench/profile/flame-graph.ts";
import { expectWellFormed } from "./well-formed.ts";

const frame = (functionName: string, url = "", lineNumber = -1) => ({ functionName, url, lineNumber });

/** The root calls `handle`, which calls `append` from two places in the tree, and waits in between. */
const profile: CpuProfile = {
  nodes: [
    { id: 1, callFrame: frame("(root)"), children: [2, 3, 6] },
    { id: 2, callFrame: frame("(idle)") },
    { id: 3, callFrame: frame("handle", "file:///home/polylog/src/api/produce.ts", 9), children: [4, 5] },
    { id: 4, callFrame: frame("append", "file:///home/polylog/src/log/log.ts", 99) },
    { id: 5, callFrame: frame("append", "file:///home/polylog/src/log/log.ts", 99) },
    { id: 6, callFrame: frame("Map<K & V>") },
  ],
  startTime: 0,
  samples: [4, 2, 5, 3, 6, 4],
  timeDeltas: [100, 1_000, 200, 50, 25, 400],
};

test("equal calls are one, waiting is left out, and so is what came before or after", () => {
  const all = callTree(profile, "/home/polylog", 0, 1_400);
  expect(all.totalUs).toBe(375);
  const [handle, map] = [...all.calls.values()];
  expect(handle).toMatchObject({ name: "handle", place: "src/api/produce.ts:10", totalUs: 350, selfUs: 50 });
  expect([...handle!.calls.values()]).toMatchObject([{ name: "append", place: "src/log/log.ts:100", totalUs: 300 }]);
  expect(map).toMatchObject({ place: "", selfUs: 25 });
  expect(callTree(profile, "/home/polylog", 200, 1_320).totalUs).toBe(200);
});

test("the dearest calls are those that took most by themselves", () => {
  const all = callTree(profile, "/home/polylog", 0, 10_000);
  expect(dearest(all, 2)).toEqual([
    { name: "append", place: "src/log/log.ts:100", share: 700 / 775 },
    { name: "handle", place: "src/api/produce.ts:10", share: 50 / 775 },
  ]);
});

test("the flame graph is an image, whatever functions are called", () => {
  const image = flameGraph(callTree(profile, "/home/polylog", 0, 10_000), "produce, on node");
  expectWellFormed(image);
  expect(image).toContain("append src/log/log.ts:100\n90.3 %, 90.3 % by itself");
  expect(image.match(/var\(--core\)"/g)?.length).toBe(2);
});
