import { expect, test } from "vitest";
import { ManualClock } from "../../adapters/simulator/index.ts";
import { PeriodicTasks } from "../../src/controller/periodic-tasks.ts";

test("tasks come back until they are stopped, by one of them too, and after a stop others may begin", () => {
  const clock = new ManualClock();
  const tasks = new PeriodicTasks(clock);
  const done: string[] = [];
  tasks.every(10, () => {
    done.push("first");
    if (done.length === 3) {
      tasks.stop();
      tasks.every(10, () => done.push("next"));
    }
  });
  clock.advance(100);
  expect(done).toEqual(["first", "first", "first", ...Array.from({ length: 7 }, () => "next")]);
  tasks.stop();
  clock.advance(100);
  expect(done.length).toBe(10);
});
