import { beforeEach, describe, expect, test } from "vitest";
import { SeededRandom } from "../../adapters/simulator/index.ts";
import { type Admission, RequestMemory } from "../../src/server/request-memory.ts";
import { Bench, heartbeatFrame, ok, produceFrame } from "./bench.ts";

describe("the memory of requests", () => {
  let bench: Bench;
  beforeEach(async () => {
    bench = new Bench();
    bench.requestMemory = new RequestMemory(50_000);
    bench.maxFrameBytes = 1_000_000;
    await bench.start(100);
  });

  /** Answers the request that came first and is not answered yet. */
  function answerOne(): void {
    const { append, reply } = bench.appends.shift()!;
    append.checked();
    reply({ responses: [] });
    bench.settle();
  }

  test("when it is in use no further large request is read, and the next ones are in the order in which they came", async () => {
    const clients = [];
    for (let index = 0; index < 5; index++) clients.push(await bench.connect());
    for (const [index, client] of clients.entries()) client.send(produceFrame(index, 40_000));
    // The second is let in while anything is free.
    expect(bench.appends.length).toBe(2);
    for (let index = 0; index < 5; index++) {
      answerOne();
      expect(clients.map((client) => client.answers())).toEqual(clients.map((_, of) => (of <= index ? [of] : [])));
      expect(bench.requestMemory.usedBytes).toBeLessThan(90_000);
    }
    expect(bench.requestMemory.usedBytes).toBe(0);
  });

  test("small requests get through all the same", async () => {
    const clients = [await bench.connect(), await bench.connect(), await bench.connect()];
    for (const [index, client] of clients.entries()) client.send(produceFrame(index, 60_000));
    expect(bench.appends.length).toBe(1);
    const other = await bench.connect();
    other.send(heartbeatFrame(7));
    bench.heartbeats[0]!.reply(ok);
    bench.settle();
    expect(other.answers()).toEqual([7]);
  });

  test("a request larger than all of it is read when nothing else is there", async () => {
    const [small, giant, after] = [await bench.connect(), await bench.connect(), await bench.connect()];
    small.send(produceFrame(1, 60_000));
    giant.send(produceFrame(2, 500_000));
    after.send(produceFrame(3, 30_000));
    expect(bench.appends.length).toBe(1);
    answerOne();
    expect(bench.appends.length).toBe(1);
    answerOne();
    expect(giant.answers()).toEqual([2]);
    answerOne();
    expect(after.answers()).toEqual([3]);
    expect(bench.requestMemory.usedBytes).toBe(0);
  });

  test("what was begun is read to its end, however little is free", async () => {
    const clients = [await bench.connect(), await bench.connect()];
    const frames = clients.map((_, index) => produceFrame(index, 45_000));
    // Both have begun before either is complete.
    for (let at = 0; at < frames[0]!.length; at += 9_000) {
      for (const [index, client] of clients.entries()) client.send(frames[index]!.subarray(at, at + 9_000));
    }
    expect(bench.appends.length).toBe(2);
  });

  test("what follows in the same read waits with it, and nothing is lost", async () => {
    const [first, second] = [await bench.connect(), await bench.connect()];
    first.send(produceFrame(1, 60_000));
    second.send(
      heartbeatFrame(2),
      produceFrame(3, 60_000),
      heartbeatFrame(4),
      produceFrame(5, 20_000),
      heartbeatFrame(6),
    );
    expect([bench.heartbeats.length, bench.appends.length]).toEqual([1, 1]);
    answerOne();
    expect([bench.heartbeats.length, bench.appends.length]).toEqual([2, 1]);
    answerOne();
    for (const { reply } of bench.heartbeats.splice(0)) reply(ok);
    bench.settle();
    answerOne();
    for (const { reply } of bench.heartbeats.splice(0)) reply(ok);
    bench.settle();
    expect(second.answers()).toEqual([2, 3, 4, 5, 6]);
  });

  test("is free again when a peer goes in the middle of a request, before it, or while it waits for memory", async () => {
    const [partial, whole, waiting, last] = [
      await bench.connect(),
      await bench.connect(),
      await bench.connect(),
      await bench.connect(),
    ];
    partial.send(produceFrame(1, 45_000).subarray(0, 100));
    whole.send(produceFrame(2, 45_000));
    waiting.send(produceFrame(3, 45_000).subarray(0, 5_000));
    last.send(produceFrame(4, 45_000));
    expect(bench.appends.length).toBe(1);
    waiting.connection.reset();
    bench.settle();
    partial.connection.reset();
    bench.settle();
    expect(bench.appends.length).toBe(2);
    whole.connection.reset();
    bench.settle();
    // A request that stands in line is appended, and keeps its memory until then.
    expect(bench.requestMemory.usedBytes).toBeGreaterThan(90_000);
    answerOne();
    answerOne();
    expect(last.answers()).toEqual([4]);
    expect(bench.requestMemory.usedBytes).toBe(0);
  });

  test("is free again once a request needs its bytes no more, though it is not answered", async () => {
    const [first, second] = [await bench.connect(), await bench.connect()];
    first.send(produceFrame(1, 60_000));
    second.send(produceFrame(2, 60_000));
    expect(bench.appends.length).toBe(1);
    bench.appends[0]!.context.releaseFrame();
    bench.settle();
    expect(bench.appends.length).toBe(2);
    answerOne();
    answerOne();
    expect(bench.requestMemory.usedBytes).toBe(0);
  });

  test("of one connection is bounded by the largest request", async () => {
    bench = new Bench();
    bench.maxFrameBytes = 1_000_000;
    await bench.start();
    const client = await bench.connect();
    client.send(...[1, 2, 3, 4].map((id) => produceFrame(id, 600_000)));
    expect(bench.appends.length).toBe(2);
    answerOne();
    answerOne();
    answerOne();
    answerOne();
    expect(client.answers()).toEqual([1, 2, 3, 4]);
  });

  test("holds up nobody for ever, whoever sends what", async () => {
    for (let seed = 0; seed < 30; seed++) {
      const random = new SeededRandom(seed);
      bench = new Bench();
      bench.requestMemory = new RequestMemory(50_000);
      bench.maxFrameBytes = 1_000_000;
      await bench.start(100);
      const streams = [];
      for (let index = 0; index < 6; index++) {
        const frames = Array.from({ length: 5 }, (_, id) => produceFrame(id, random.integer(120_000)));
        streams.push({ client: await bench.connect(), bytes: Buffer.concat(frames) });
      }
      while (streams.some(({ client }) => client.answers().length < 5)) {
        const stream = streams[random.integer(streams.length)]!;
        const sizeBytes = 1 + random.integer(50_000);
        if (stream.bytes.length > 0) stream.client.send(new Uint8Array(stream.bytes.subarray(0, sizeBytes)));
        stream.bytes = stream.bytes.subarray(sizeBytes);
        if (bench.appends.length > 0 && random.integer(2) === 0) answerOne();
      }
      expect(bench.requestMemory.usedBytes, `seed ${seed}`).toBe(0);
      for (const { client } of streams) expect(client.answers()).toEqual([0, 1, 2, 3, 4]);
    }
  });
});

test("those who wait are let in one after the other, as long as anything is free", () => {
  const memory = new RequestMemory(100_000);
  const admitted: number[] = [];
  const ask = (id: number, sizeBytes: number): Admission | undefined =>
    memory.admit(sizeBytes, () => admitted.push(id));
  expect(ask(0, 200_000)).toBeUndefined();
  const waiting = [1, 2, 3, 4].map((id) => ask(id, 60_000)!);
  memory.cancel(waiting[1]!);
  memory.release(200_000);
  expect(admitted).toEqual([1, 3]);
  memory.release(60_000);
  expect(admitted).toEqual([1, 3, 4]);
  expect(memory.usedBytes).toBe(120_000);
});
