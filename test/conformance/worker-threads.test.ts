import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { createRuntime } from "#adapter";
import { createWorkers } from "#workers";
import { createAdapterSubject } from "./adapter.subject.ts";
import { Child } from "./child.ts";
import { fail, identify, meet, poison, spin, sum, viaZstd } from "./processes/test-jobs.ts";
import { patternBytes, until } from "./subject.ts";
import { done, openQueue, run, type WorkersSubject, workersSuite, workerToolsSuite } from "./workers.suite.ts";

/** What can be seen only where jobs run in real threads. */

const entry = new URL("./processes/test-jobs-thread.ts", import.meta.url);
const nothing = new Uint8Array(0);

/** The threads that most tests share, kept by a queue of their own: to start some takes a while. */
const shared = createWorkers(entry, { parallelism: 2 });
const keeper = shared.openQueue({ maxUnsettled: 1 });

beforeAll(() => keeper.start());
afterAll(() => keeper.close());

async function createSubject(): Promise<WorkersSubject> {
  return { ...(await createAdapterSubject()), workers: shared };
}

/** With threads of its own. */
async function createOwner(options: Parameters<typeof createWorkers>[1]): Promise<WorkersSubject> {
  return { ...(await createAdapterSubject()), workers: createWorkers(entry, options) };
}

const { name } = createRuntime();

workersSuite(name, createSubject);
workerToolsSuite(name, createSubject);

test("jobs run at the same time as each other and as the loop", async () => {
  const { subject, queue } = await openQueue(createSubject);
  // Started beforehand.
  const warm = [run(queue, identify, call({ forMs: 50 })), run(queue, identify, call({ forMs: 50 }))];
  await until(subject, "both threads ran", () => warm.every(({ value }) => value !== undefined));
  expect(new Set(warm.map(({ value }) => done(value!).output)).size).toBe(2);
  const arrived = new Int32Array(new SharedArrayBuffer(4));
  const all = { arrived, count: 3 };
  const meetings = [run(queue, meet, call(all)), run(queue, meet, call(all))];
  await until(subject, "both have come", () => Atomics.load(arrived, 0) === 2);
  // They hold their threads until the loop comes, too.
  for (let turn = 0; turn < 5; turn++) await subject.turn();
  expect(meetings.map(({ value }) => value)).toEqual([undefined, undefined]);
  Atomics.add(arrived, 0, 1);
  Atomics.notify(arrived, 0);
  await until(subject, "both settled", () => meetings.every(({ value }) => value !== undefined));
  expect(meetings.map(({ value }) => done(value!).output)).toEqual([3, 3]);
});

test("no more threads than cores, or than were asked for", async () => {
  expect(createWorkers().parallelism).toBeGreaterThanOrEqual(1);
  expect(createWorkers().parallelism).toBeLessThanOrEqual(navigator.hardwareConcurrency);
  const { subject, queue } = await openQueue(() => createOwner({ parallelism: 3 }));
  const outcomes = Array.from({ length: 30 }, () => run(queue, identify, call({ forMs: 5 })));
  await until(subject, "all settled", () => outcomes.every(({ value }) => value !== undefined));
  expect(new Set(outcomes.map(({ value }) => done(value!).output)).size).toBeLessThanOrEqual(3);
});

test("a thread that dies takes one job with it at most; a new thread runs the others", async () => {
  const { subject, queue } = await openQueue(() => createOwner({ parallelism: 1 }));
  const poisoned = run(queue, poison, call(null));
  let lostCount = 0;
  // Until a thread has died and another one has run a job.
  for (let rounds = 0; lostCount === 0 || rounds === 0; rounds++) {
    const outcomes = Array.from({ length: 20 }, (_, index) => run(queue, sum, call({ add: index })));
    await until(subject, "all settled", () => outcomes.every(({ value }) => value !== undefined));
    // Of a busy machine the death of a thread may be heard before its last answer.
    if (rounds === 0 && poisoned.value?.kind === "lost") lostCount++;
    else expect(poisoned.value?.kind).not.toBe("failed");
    outcomes.forEach(({ value }, index) => {
      if (value!.kind === "lost") lostCount++;
      else expect(done(value!).output).toBe(index);
    });
    if (rounds > 3) break;
  }
  expect(lostCount).toBeLessThanOrEqual(1);
  const later = run(queue, sum, call({ add: 7 }));
  await until(subject, "it settled", () => later.value !== undefined);
  expect(done(later.value!).output).toBe(7);
});

test("where threads do not start jobs are refused, at first by their outcome and then at once", async () => {
  const missing = new URL("./processes/no-such-thread.ts", import.meta.url);
  const base = await createAdapterSubject();
  const { subject, queue } = await openQueue(async () => ({ ...base, workers: createWorkers(missing) }));
  const outcomes = Array.from({ length: 5 }, () => run(queue, sum, call({ add: 1 })));
  await until(subject, "all settled", () => outcomes.every(({ value }) => value !== undefined));
  for (const { value } of outcomes) expect(value!.kind).toBe("refused");
  expect(queue.run(sum, call({ add: 1 }), () => {})).toBe(false);
});

test("threads end when there is nothing to do for a while, and start again", async () => {
  const { subject, queue } = await openQueue(() => createOwner({ parallelism: 1, idleMs: 50 }));
  const first = run(queue, identify, call({ forMs: 0 }));
  await until(subject, "it settled", () => first.value !== undefined);
  // A thread that does not end answers for ever.
  for (let attempt = 0, later = done(first.value!).output; later === done(first.value!).output; attempt++) {
    expect(attempt).toBeLessThan(20);
    await subject.pass(300);
    const again = run(queue, identify, call({ forMs: 0 }));
    await until(subject, "it settled", () => again.value !== undefined);
    later = done(again.value!).output;
  }
});

test("a thread says what decompresses when that is first needed, to each queue once", async () => {
  const { subject, queue: keeper, workers } = await openQueue(() => createOwner({ parallelism: 2 }));
  keeper.start();
  const source = patternBytes(200_000).map((byte) => byte % 16);
  for (let round = 0; round < 2; round++) {
    const lines: string[] = [];
    const queue = workers.openQueue({ maxUnsettled: 10, told: (text) => lines.push(text) });
    onTestFinished(() => queue.close());
    const outcomes = Array.from({ length: 6 }, () => run(queue, viaZstd, { source, input: null }));
    await until(subject, "all settled", () => outcomes.every(({ value }) => value !== undefined));
    expect(outcomes.map(({ value }) => done(value!).output)).toEqual(new Array(6).fill(true));
    expect(lines).toEqual([
      expect.stringMatching(/^zstd: decompressed by (libzstd 1\.\d+\.\d+|node:zlib, because .+)$/),
    ]);
  }
});

test("an error of a job does not end its thread", async () => {
  const { subject, queue } = await openQueue(() => createOwner({ parallelism: 1 }));
  const before = run(queue, identify, call({ forMs: 0 }));
  const failed = run(queue, fail, call("no"));
  const after = run(queue, identify, call({ forMs: 0 }));
  await until(subject, "all settled", () => after.value !== undefined);
  expect(failed.value?.kind).toBe("failed");
  expect(done(after.value!).output).toBe(done(before.value!).output);
});

test("the source is copied when a thread takes it: memory does not grow with the jobs that wait", async () => {
  const { subject, queue } = await openQueue(() => createOwner({ parallelism: 1 }));
  const source = patternBytes(2_000_000);
  const before = subject.runtime.usage().residentBytes;
  const outcomes = Array.from({ length: 200 }, () => run(queue, spin, { source, input: { forMs: 0 } }));
  expect(subject.runtime.usage().residentBytes - before).toBeLessThan(150_000_000);
  await until(subject, "all settled", () => outcomes.every(({ value }) => value !== undefined));
});

test("a process with an idle thread ends by itself once its queue is closed", async () => {
  const child = new Child("idle-thread.ts");
  onTestFinished(() => child.kill());
  expect(await child.exitCode()).toBe(0);
  expect(child.lines).toEqual(["before: 0 threads more", "done", "closed"]);
});

function call<Input>(input: Input) {
  return { source: nothing, input };
}
