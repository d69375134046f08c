import { describe, expect, test } from "vitest";
import { PATIENCE_MS } from "../patience.ts";
import { type CreateSubject, until } from "./subject.ts";

export function clockSuite(name: string, createSubject: CreateSubject): void {
  describe(`clock of ${name}`, () => {
    test("elapsed() goes on with the time and never back", async () => {
      const subject = await createSubject();
      const { clock } = subject.runtime;
      // Each time is read between two others, as a busy machine may stop in between for as long as it likes.
      const read = () => [clock.elapsed(), clock.now(), clock.elapsed()] as const;
      const [earliestMs, wallStartMs, startMs] = read();
      await subject.pass(50);
      const [endMs, wallEndMs, latestMs] = read();
      expect(endMs - startMs).toBeGreaterThanOrEqual(49);
      expect(endMs - startMs).toBeLessThan(PATIENCE_MS);
      const toleratedMs = 20;
      expect(wallEndMs - wallStartMs).toBeGreaterThan(endMs - startMs - toleratedMs);
      expect(wallEndMs - wallStartMs).toBeLessThan(latestMs - earliestMs + toleratedMs);
      expect(Number.isInteger(clock.now())).toBe(true);
      expect(clock.now()).toBeGreaterThan(Date.UTC(2025, 0, 1));
    });

    test("tasks run once each, by their times, equal times in the order they were scheduled", async () => {
      const subject = await createSubject();
      const { clock } = subject.runtime;
      const run: string[] = [];
      clock.schedule(40, () => run.push("forty"));
      clock.schedule(0, () => run.push("zero"));
      clock.schedule(20, () => run.push("twenty"));
      clock.schedule(-5, () => run.push("past"));
      for (let index = 0; index < 3; index++) clock.schedule(30, () => run.push(`thirty ${index}`));
      expect(run).toEqual([]);
      await until(subject, "all ran", () => run.length >= 7);
      await subject.pass(30);
      expect(run).toEqual(["zero", "past", "twenty", "thirty 0", "thirty 1", "thirty 2", "forty"]);
    });

    test("no task runs early", async () => {
      const subject = await createSubject();
      const { clock } = subject.runtime;
      const early: number[] = [];
      let pending = 0;
      for (let delayMs = 0; delayMs < 60; delayMs += 0.7) {
        pending++;
        const dueMs = clock.elapsed() + delayMs;
        clock.schedule(delayMs, () => {
          pending--;
          if (clock.elapsed() < dueMs) early.push(delayMs);
        });
      }
      await until(subject, "all ran", () => pending === 0);
      expect(early).toEqual([]);
    });

    test("a cancelled task never runs; cancelling again, or too late, changes nothing", async () => {
      const subject = await createSubject();
      const { clock } = subject.runtime;
      const run: string[] = [];
      const cancelEarly = clock.schedule(10, () => run.push("cancelled early"));
      clock.schedule(10, () => {
        run.push("first");
        cancelNeighbour();
      });
      const cancelNeighbour = clock.schedule(10, () => run.push("cancelled by its neighbour"));
      const cancelLate = clock.schedule(10, () => run.push("last"));
      cancelEarly();
      cancelEarly();
      await until(subject, "the last ran", () => run.includes("last"));
      cancelLate();
      await subject.pass(30);
      expect(run).toEqual(["first", "last"]);
    });

    test("delays beyond 2^31 milliseconds, to infinity, do not run and do not disturb", async () => {
      const subject = await createSubject();
      const { clock } = subject.runtime;
      const run: number[] = [];
      const delays = [2 ** 31, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER, Number.POSITIVE_INFINITY];
      const cancels = delays.map((delayMs) => clock.schedule(delayMs, () => run.push(delayMs)));
      clock.schedule(20, () => run.push(20));
      await until(subject, "the short one ran", () => run.length > 0);
      await subject.pass(30);
      expect(run).toEqual([20]);
      for (const cancel of cancels) cancel();
    });

    test("a task scheduled from a task waits for a later turn", async () => {
      const subject = await createSubject();
      const { clock } = subject.runtime;
      let count = 0;
      let isInside = false;
      const again = (): void => {
        expect(isInside).toBe(false);
        isInside = true;
        if (++count < 50) clock.schedule(0, again);
        isInside = false;
      };
      clock.schedule(0, again);
      await until(subject, "fifty turns passed", () => count === 50);
    });

    test("thousands of tasks, a third of them cancelled, keep their order", async () => {
      const subject = await createSubject();
      const { clock } = subject.runtime;
      // A task falls due its delay after some moment inside the call.
      const earliestMs: number[] = [];
      const latestMs: number[] = [];
      const expected = new Set<number>();
      const run: number[] = [];
      let state = 1;
      for (let index = 0; index < 5_000; index++) {
        state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
        const delayMs = 100 + ((state >>> 8) % 100);
        earliestMs.push(clock.elapsed() + delayMs);
        const cancel = clock.schedule(delayMs, () => run.push(index));
        latestMs.push(clock.elapsed() + delayMs);
        if ((state >>> 16) % 3 === 0) cancel();
        else expected.add(index);
      }
      await until(subject, "all ran", () => run.length >= expected.size);
      const overtaken = run.filter((index, place) => place > 0 && latestMs[index]! < earliestMs[run[place - 1]!]!);
      expect(new Set(run)).toEqual(expected);
      expect(overtaken).toEqual([]);
    });

    test("defer() runs in a later turn, in order", async () => {
      const subject = await createSubject();
      const { clock } = subject.runtime;
      const run: string[] = [];
      clock.defer(() => {
        run.push("first");
        clock.defer(() => run.push("third"));
      });
      clock.defer(() => run.push("second"));
      expect(run).toEqual([]);
      await until(subject, "all ran", () => run.length === 3);
      expect(run).toEqual(["first", "second", "third"]);
    });
  });
}
