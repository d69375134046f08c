import { describe, expect, onTestFinished, test } from "vitest";
import type { Job, JobCall, JobOutcome, JobQueue, Workers } from "../../src/runtime.ts";
import { fail, measure, reverse, sum } from "./processes/test-jobs.ts";
import { differsAt, patternBytes, type Subject, until } from "./subject.ts";

export interface WorkersSubject extends Subject {
  /** With the jobs of processes/test-jobs.ts. */
  readonly workers: Workers;
}

export type CreateWorkersSubject = () => Promise<WorkersSubject>;

const nothing = new Uint8Array(0);

/** What every runtime's workers and the simulator's keep to. */
export function workersSuite(name: string, createSubject: CreateWorkersSubject): void {
  describe(`workers of ${name}`, () => {
    test("a job gets a copy of the source and its input, and its output arrives in a later turn", async () => {
      const { subject, queue } = await openQueue(createSubject);
      const source = patternBytes(1_000);
      const outcome = run(queue, sum, { source, input: { add: 1_000_000 } });
      expect(outcome.value).toBeUndefined();
      await until(subject, "it settled", () => outcome.value !== undefined);
      const expected = source.reduce((total, byte) => total + byte, 1_000_000);
      expect(outcome.value).toMatchObject({ kind: "done", output: expected });
    });

    test("bytes come back as plain ones, whether or not they fill their buffer, and the source stays as it was", async () => {
      const { subject, queue } = await openQueue(createSubject);
      for (const length of [0, 1, 70_000, 3_000_000, 9_000_000]) {
        for (const asPart of [false, true]) {
          const source = patternBytes(length + 7).subarray(3, length + 3);
          const outcome = run(queue, reverse, { source, input: { asPart } });
          await until(subject, "it settled", () => outcome.value !== undefined);
          const { bytes } = done(outcome.value!);
          expect(Object.getPrototypeOf(bytes) === Uint8Array.prototype).toBe(true);
          expect(bytes!.buffer).toBeInstanceOf(ArrayBuffer);
          expect(differsAt(bytes!, source.toReversed())).toBeUndefined();
          expect(differsAt(source, patternBytes(length + 7).subarray(3, length + 3))).toBeUndefined();
        }
      }
    });

    test("a job that throws fails alone, with what it threw", async () => {
      const { subject, queue } = await openQueue(createSubject);
      const failed = run(queue, fail, { source: nothing, input: "too far" });
      const next = run(queue, sum, { source: nothing, input: { add: 5 } });
      await until(subject, "both settled", () => failed.value !== undefined && next.value !== undefined);
      expect(failed.value).toMatchObject({ kind: "failed" });
      const { error } = failed.value as { error: Error };
      expect(error).toBeInstanceOf(Error);
      expect([error.name, error.message]).toEqual(["RangeError", "too far"]);
      expect(next.value).toMatchObject({ kind: "done", output: 5 });
    });

    test("hundreds of jobs each get their own answer", async () => {
      const { subject, queue } = await openQueue(createSubject);
      const outcomes = Array.from({ length: 500 }, (_, index) =>
        run(queue, sum, {
          source: Uint8Array.of(index % 256),
          input: { add: index },
          key: index % 3 ? undefined : "key",
        }),
      );
      await until(subject, "all settled", () => outcomes.every(({ value }) => value !== undefined));
      const outputs = outcomes.map(({ value }) => done(value!).output);
      expect(outputs).toEqual(outcomes.map((_, index) => index + (index % 256)));
    });

    test("jobs of the same key settle in the order of the calls", async () => {
      const { subject, queue } = await openQueue(createSubject);
      const settled: [key: string, index: number][] = [];
      for (let index = 0; index < 100; index++) {
        const key = `key ${index % 4}`;
        // The later, the faster.
        const source = new Uint8Array((100 - index) * 2_000);
        expect(queue.run(sum, { source, input: { add: 0 }, key }, () => settled.push([key, index]))).toBe(true);
      }
      await until(subject, "all settled", () => settled.length === 100);
      for (const key of ["key 0", "key 1", "key 2", "key 3"]) {
        const order = settled.filter(([other]) => other === key).map(([, index]) => index);
        expect(order).toEqual(order.toSorted((a, b) => a - b));
      }
    });

    test("more than the limit is refused at once, and taken again when others have settled", async () => {
      const { subject, queue } = await openQueue(createSubject, 3);
      let settledCount = 0;
      const add = () => queue.run(sum, { source: nothing, input: { add: 1 } }, () => settledCount++);
      expect([add(), add(), add(), add(), add()]).toEqual([true, true, true, false, false]);
      await until(subject, "they settled", () => settledCount === 3);
      expect([add(), add(), add(), add()]).toEqual([true, true, true, false]);
      await until(subject, "they settled", () => settledCount === 6);
    });

    test("a queue that is closed settles nothing any more and takes nothing, and others go on", async () => {
      const { subject, queue, workers } = await openQueue(createSubject);
      const other = workers.openQueue({ maxUnsettled: 100 });
      onTestFinished(() => other.close());
      let settledCount = 0;
      for (let index = 0; index < 20; index++) {
        queue.run(sum, { source: nothing, input: { add: 1 } }, () => settledCount++);
      }
      const kept = Array.from({ length: 20 }, (_, index) =>
        run(other, sum, { source: nothing, input: { add: index } }),
      );
      queue.close();
      queue.close();
      expect(queue.run(sum, { source: nothing, input: { add: 1 } }, () => settledCount++)).toBe(false);
      await until(subject, "the others settled", () => kept.every(({ value }) => value !== undefined));
      expect(kept.map(({ value }) => done(value!).output)).toEqual(kept.map((_, index) => index));
      await subject.pass(20);
      expect(settledCount).toBe(0);
    });

    test("a thread can be started beforehand, and is ready by and by", async () => {
      const { subject, queue } = await openQueue(createSubject);
      queue.start();
      await until(subject, "it is ready", () => queue.isReady);
      const outcome = run(queue, sum, { source: nothing, input: { add: 3 } });
      await until(subject, "it settled", () => outcome.value !== undefined);
      expect(done(outcome.value!).output).toBe(3);
    });

    test("there can be many queues, one after the other", async () => {
      const { subject, workers } = await openQueue(createSubject);
      for (let round = 0; round < 5; round++) {
        const queue = workers.openQueue({ maxUnsettled: 10 });
        const outcome = run(queue, sum, { source: nothing, input: { add: round } });
        await until(subject, "it settled", () => outcome.value !== undefined);
        expect(done(outcome.value!).output).toBe(round);
        queue.close();
      }
    });
  });
}

/** Only where there are codecs. */
export function workerToolsSuite(name: string, createSubject: CreateWorkersSubject): void {
  test(`workers of ${name}: jobs have the checksums and codecs of the runtime`, async () => {
    const { subject, queue } = await openQueue(createSubject);
    const source = patternBytes(200_000).map((byte) => byte % 16);
    const outcome = run(queue, measure, { source, input: null });
    await until(subject, "it settled", () => outcome.value !== undefined);
    const { checksums, compression } = subject.runtime;
    expect(done(outcome.value!).output).toEqual(measure.run(source, null, { checksums, compression }).output);
  });
}

export async function openQueue(createSubject: CreateWorkersSubject, maxUnsettled = 1_000) {
  const subject = await createSubject();
  const queue = subject.workers.openQueue({ maxUnsettled });
  onTestFinished(() => queue.close());
  return { subject, queue, workers: subject.workers };
}

/** Its outcome, once it has settled. */
export function run<Input, Output>(
  queue: JobQueue,
  job: Job<Input, Output>,
  call: JobCall<Input>,
): { value: JobOutcome<Output> | undefined } {
  const outcome: { value: JobOutcome<Output> | undefined } = { value: undefined };
  const isTaken = queue.run(job, call, (value) => {
    if (outcome.value !== undefined) throw new Error(`${job.name} settled twice`);
    outcome.value = value;
  });
  if (!isTaken) throw new Error(`${job.name} was not taken`);
  return outcome;
}

export function done<Output>(outcome: JobOutcome<Output>): Extract<JobOutcome<Output>, { kind: "done" }> {
  if (outcome.kind !== "done") throw outcome.error;
  return outcome;
}
