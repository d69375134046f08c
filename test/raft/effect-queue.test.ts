import { expect, test } from "vitest";
import { EffectQueue } from "../../src/raft/effect-queue.ts";

test("what waits for a disk that hangs is limited, and is done when the disk answers", async () => {
  const disk = { isStalled: true, answer: () => {} };
  let steps = 0;
  const queue = new EffectQueue({
    disk: {
      get isStalled() {
        return disk.isStalled;
      },
      answers: () => !disk.isStalled,
      answered: () =>
        new Promise<void>((resolve) => {
          disk.answer = resolve;
        }),
    } as never,
    step: () => {
      steps++;
      return [];
    },
    persist: async () => {},
    perform: () => {},
    rest: () => {},
    onFailed: (error) => {
      throw error;
    },
  });
  let count = 0;
  for (; !queue.isFull && count < 10_000; count++) queue.deliver({ type: "tick" });
  // One is on its way, before the disk.
  expect([count, steps]).toEqual([1_001, 0]);
  disk.isStalled = false;
  disk.answer();
  await queue.settled();
  expect([queue.isFull, steps]).toEqual([false, count]);
});
