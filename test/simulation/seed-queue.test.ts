import { describe, expect, test } from "vitest";
import { parseSimulateOptions } from "./command-line.ts";
import type { SeedTask } from "./seed-process.ts";
import { SeedQueue } from "./seed-queue.ts";
import type { SimulationReport } from "./simulation.ts";

function queueOf(args: string, hasTime = () => true): SeedQueue {
  return new SeedQueue(parseSimulateOptions(args.split(" "))!, hasTime);
}

function finish(queue: SeedQueue, { seed, expectedHash }: SeedTask, failure?: string): void {
  const report = failure === undefined ? ({ seed, traceHash: `hash ${seed}` } as SimulationReport) : undefined;
  queue.done({ seed, report, failure, isReplay: expectedHash !== undefined, cpuSeconds: 1 });
}

/** All that one process does. */
function work(queue: SeedQueue): string[] {
  const done: string[] = [];
  for (let task = queue.next(); task !== undefined; task = queue.next()) {
    done.push(task.expectedHash === undefined ? `${task.seed}` : `${task.seed} again: ${task.expectedHash}`);
    finish(queue, task);
  }
  return done;
}

describe("seeds to simulate", () => {
  test("are all simulated once before one of them is replayed", () => {
    const done = work(queueOf("--seed 7 --seeds 3 --replay"));
    expect(done).toEqual(["7", "8", "9", "7 again: hash 7", "8 again: hash 8", "9 again: hash 9"]);
  });

  test("are replayed as often as wanted", () => {
    expect(work(queueOf("--seeds 5 --replay-every 2"))).toEqual([
      "1",
      "2",
      "3",
      "4",
      "5",
      "2 again: hash 2",
      "4 again: hash 4",
    ]);
    expect(work(queueOf("--seeds 2"))).toEqual(["1", "2"]);
  });

  test("are replayed by who has simulated the last one, when the others have ended", () => {
    const queue = queueOf("--seeds 2 --replay");
    const [first, second] = [queue.next()!, queue.next()!];
    finish(queue, second);
    expect(work(queue)).toEqual(["2 again: hash 2"]);
    finish(queue, first);
    expect(work(queue)).toEqual(["1 again: hash 1"]);
  });

  test("are not replayed when they have failed", () => {
    const queue = queueOf("--seeds 1 --replay");
    finish(queue, queue.next()!, "Liveness");
    expect(queue.next()).toBeUndefined();
  });

  test("are not begun when the time is over", () => {
    let isOver = false;
    const queue = queueOf("--seeds 9 --replay", () => !isOver);
    finish(queue, queue.next()!);
    isOver = true;
    expect(queue.next()).toBeUndefined();
  });
});
