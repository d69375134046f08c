import { describe, expect, test } from "vitest";
import { createRuntime } from "#adapter";
import { createSimulatedRuntime, SeededRandom, type SimulatedRuntime } from "../../adapters/simulator/index.ts";
import { produce } from "../../src/api/produce.ts";
import { ErrorCode } from "../../src/protocol/error-codes.ts";
import { AppendLine } from "../../src/replica/append-line.ts";
import { patternBytes } from "../conformance/subject.ts";
import { readAll } from "../log/log-fixture.ts";
import { type StallingFiles, WatchableFiles } from "../log/stalling-files.ts";
import { type BatchOptions, TestBroker } from "./test-broker.ts";

/** What producers send to a directory that is slow is appended when it answers; to one that has died it is refused in the end. */

const LIMIT_MS = 5_000;
const { KAFKA_STORAGE_ERROR, NONE, NOT_LEADER_OR_FOLLOWER } = ErrorCode;
const { compression } = createRuntime();

/** Partition 0 of the topic is in the directory that can hang, 1 in the other one. */
async function brokerOfTwo(config: Parameters<TestBroker["createTopic"]>[1] = {}) {
  const simulated = createSimulatedRuntime({ seed: 1, compression });
  const disks = new Map<string, StallingFiles>();
  const runtime = { ...simulated, files: new WatchableFiles(simulated.files, disks) } as unknown as SimulatedRuntime;
  const broker = await TestBroker.start({ runtime, logDirs: ["/d1", "/d2"], isWatched: (path) => path === "/d1" });
  broker.createTopic("t", { partitions: 2, ...config });
  const places = [0, 1].map((index) => broker.partition("t", index).log!.directory.slice(0, 3));
  expect(places).toEqual(["/d1", "/d2"]);
  for (const index of [0, 1]) broker.append("t", 1, { index });
  return { broker, disk: disks.get("/d1")! };
}

function send(
  broker: TestBroker,
  partitions: readonly (readonly [index: number, records: Uint8Array])[],
  { acks = 1, appendLine = new AppendLine() } = {},
) {
  const partitionData = partitions.map(([index, records]) => ({ index, records }));
  const request = { acks, timeoutMs: 1_000, topicData: [{ name: "t", partitionData }] };
  const exchange = broker.send(produce, 9, request, { appendLine });
  return {
    exchange,
    appendLine,
    isAnswered: () => exchange.response !== undefined,
    results: () =>
      exchange.response?.responses[0]?.partitionResponses.map(({ errorCode, baseOffset }) => [errorCode, baseOffset]),
  };
}

const named = (broker: TestBroker, name: string, input: BatchOptions = {}) =>
  broker.batch(1, { values: [new TextEncoder().encode(name)], ...input });

/** One that another thread checks. */
const slow = (broker: TestBroker, name: string) =>
  broker.batch(1, { compression: "lz4", values: [Buffer.concat([Buffer.from(`${name}\n`), patternBytes(70_000)])] });

const valuesIn = (broker: TestBroker, index = 0) =>
  readAll(broker.partition("t", index).log!)
    .map(({ value }) => new TextDecoder().decode(value!))
    .slice(1);

/** Long enough for callbacks of promises. */
const settle = (broker: TestBroker) => broker.runtime.clock.advanceWithPromises(1);

describe("while its directory does not answer", () => {
  test.each([
    ["CreateTime", "producer"],
    ["LogAppendTime", "producer"],
    ["CreateTime", "gzip"],
  ] as const)("a batch waits, and is appended once when it does: %s, %s", async (type, codec) => {
    const { broker, disk } = await brokerOfTwo({
      config: { "message.timestamp.type": type, "compression.type": codec },
    });
    disk.hang();
    const sent = ["a", "b"].map((name) => send(broker, [[0, named(broker, name)]]));
    await settle(broker);
    expect(sent.map(({ isAnswered }) => isAnswered())).toEqual([false, false]);
    disk.goOn();
    await settle(broker);
    expect(sent.map(({ results }) => results())).toEqual([[[NONE, 1]], [[NONE, 2]]]);
    expect(valuesIn(broker)).toEqual(["a", "b"]);
    expect(disk.held).toEqual([]);
  });

  test("the other partitions of the request are appended, and nobody waits behind them", async () => {
    const { broker, disk } = await brokerOfTwo();
    disk.hang();
    const both = send(broker, [
      [0, named(broker, "a")],
      [1, named(broker, "b")],
    ]);
    const behind = send(broker, [
      [0, named(broker, "c")],
      [1, named(broker, "d")],
    ]);
    const elsewhere = send(broker, [[1, named(broker, "e")]]);
    expect([both, behind, elsewhere].map(({ isAnswered }) => isAnswered())).toEqual([false, false, true]);
    expect(valuesIn(broker, 1)).toEqual(["b", "d", "e"]);
    disk.goOn();
    await settle(broker);
    expect([both.results(), behind.results()]).toEqual([
      [
        [NONE, 1],
        [NONE, 1],
      ],
      [
        [NONE, 2],
        [NONE, 2],
      ],
    ]);
    expect(valuesIn(broker)).toEqual(["a", "c"]);
  });

  test("nothing more is taken from its connection", async () => {
    const { broker, disk } = await brokerOfTwo();
    disk.hang();
    const { appendLine } = send(broker, [[0, named(broker, "a")]]);
    expect([appendLine.isEmpty, appendLine.isStalled]).toEqual([false, true]);
    disk.goOn();
    await settle(broker);
    expect([appendLine.isEmpty, appendLine.isStalled]).toEqual([true, false]);
  });

  test("a batch of acks=0 is not lost", async () => {
    const { broker, disk } = await brokerOfTwo();
    disk.hang();
    const { exchange } = send(broker, [[0, named(broker, "a")]], { acks: 0 });
    await settle(broker);
    expect(exchange.response).toBeUndefined();
    disk.goOn();
    await settle(broker);
    expect([exchange.response, exchange.disconnectReason]).toEqual([null, undefined]);
    expect(valuesIn(broker)).toEqual(["a"]);
  });

  test("an idempotent producer's batches keep their order, and one that is sent again is recognised", async () => {
    const { broker, disk } = await brokerOfTwo();
    const batch = (baseSequence: number) =>
      named(broker, `${baseSequence}`, { producerId: 5, producerEpoch: 0, baseSequence });
    disk.hang();
    const sent = [0, 1, 0, 2].map((sequence) => send(broker, [[0, batch(sequence)]]));
    disk.goOn();
    await settle(broker);
    expect(sent.map(({ results }) => results()![0])).toEqual([
      [NONE, 1],
      [NONE, 2],
      [NONE, 1],
      [NONE, 3],
    ]);
    expect(valuesIn(broker)).toEqual(["0", "1", "2"]);
  });

  test("a batch that another thread has checked waits in its place", async () => {
    const { broker, disk } = await brokerOfTwo();
    const first = send(broker, [[0, slow(broker, "a")]]);
    const second = send(broker, [[0, named(broker, "b")]]);
    disk.hang();
    await settle(broker);
    expect([first.isAnswered(), second.isAnswered()]).toEqual([false, false]);
    disk.goOn();
    await settle(broker);
    expect([first.results(), second.results()]).toEqual([[[NONE, 1]], [[NONE, 2]]]);
  });

  test("acks=all is answered when all of it is committed, whatever was committed before", async () => {
    const { broker, disk } = await brokerOfTwo({ replicas: [1, 2], isr: [1, 2] });
    disk.hang();
    const both = send(
      broker,
      [
        [0, named(broker, "a")],
        [1, named(broker, "b")],
      ],
      { acks: -1 },
    );
    broker.partition("t", 1).followerFetched(2, 200, 2, 0);
    disk.goOn();
    await settle(broker);
    expect(both.isAnswered()).toBe(false);
    broker.partition("t", 0).followerFetched(2, 200, 2, 0);
    expect(both.results()).toEqual([
      [NONE, 1],
      [NONE, 1],
    ]);
  });

  test("whoever leads no more by the time it answers says so", async () => {
    const { broker, disk } = await brokerOfTwo({ replicas: [1, 2], isr: [1] });
    disk.hang();
    const sent = send(broker, [[0, named(broker, "a")]]);
    broker.changePartition("t", { leader: 2 });
    disk.goOn();
    await settle(broker);
    expect(sent.results()).toEqual([[NOT_LEADER_OR_FOLLOWER, -1]]);
  });
});

describe("a directory that goes on not answering", () => {
  test("has what is sent to it refused after a while, and from then on at once, until it answers", async () => {
    const { broker, disk } = await brokerOfTwo();
    disk.hang();
    const sent = ["a", "b"].map((name) => send(broker, [[0, named(broker, name)]]));
    await broker.runtime.clock.advanceWithPromises(LIMIT_MS - 1);
    expect(sent.map(({ isAnswered }) => isAnswered())).toEqual([false, false]);
    await settle(broker);
    for (const { results } of sent) expect(results()).toEqual([[KAFKA_STORAGE_ERROR, -1]]);
    expect(send(broker, [[0, named(broker, "c")]]).results()).toEqual([[KAFKA_STORAGE_ERROR, -1]]);
    expect(send(broker, [[1, named(broker, "elsewhere")]]).results()).toEqual([[NONE, 1]]);

    disk.goOn();
    await settle(broker);
    expect(send(broker, [[0, named(broker, "d")]]).results()).toEqual([[NONE, 1]]);
    expect(valuesIn(broker)).toEqual(["d"]);
    disk.hang();
    const next = send(broker, [[0, named(broker, "e")]]);
    await settle(broker);
    expect(next.isAnswered()).toBe(false);
    disk.goOn();
    await settle(broker);
    expect(next.results()).toEqual([[NONE, 2]]);
  });

  test("answering for a moment, and then not, keeps nobody waiting for longer", async () => {
    const { broker, disk } = await brokerOfTwo();
    disk.hang();
    const sent = send(broker, [[0, named(broker, "a")]]);
    for (let second = 0; second < LIMIT_MS / 1_000; second++) {
      await broker.runtime.clock.advanceWithPromises(1_000);
      disk.goOn();
      disk.hang();
    }
    await settle(broker);
    expect(sent.results()).toEqual([[KAFKA_STORAGE_ERROR, -1]]);
  });

  test("holds no more than it may in memory: what is sent beyond that is refused", async () => {
    const { broker, disk } = await brokerOfTwo();
    const batch = () => broker.batch(1, { valueBytes: 400_000 });
    disk.hang();
    const sent = [1, 2, 3].map(() => send(broker, [[0, batch()]]));
    expect(sent.map(({ results }) => results())).toEqual([undefined, undefined, [[KAFKA_STORAGE_ERROR, -1]]]);
    disk.goOn();
    await settle(broker);
    expect(sent.slice(0, 2).map(({ results }) => results())).toEqual([[[NONE, 1]], [[NONE, 2]]]);
    disk.hang();
    const again = [1, 2].map(() => send(broker, [[0, batch()]]));
    disk.goOn();
    await settle(broker);
    expect(again.map(({ results }) => results())).toEqual([[[NONE, 3]], [[NONE, 4]]]);
  });

  test("has the connection of acks=0 closed when it is refused", async () => {
    const { broker, disk } = await brokerOfTwo();
    disk.hang();
    const { exchange } = send(broker, [[0, named(broker, "a")]], { acks: 0 });
    await broker.runtime.clock.advanceWithPromises(LIMIT_MS);
    expect([exchange.response, exchange.disconnectReason]).toEqual([null, expect.stringMatching(/STORAGE_ERROR/)]);
  });
});

test("once the broker stops nothing waits any more", async () => {
  const { broker, disk } = await brokerOfTwo();
  disk.hang();
  const sent = send(broker, [[0, named(broker, "a")]]);
  broker.services.stalledAppends.close();
  expect(send(broker, [[0, named(broker, "b")]]).isAnswered()).toBe(true);
  disk.goOn();
  await broker.runtime.clock.advanceWithPromises(2 * LIMIT_MS);
  expect(sent.isAnswered()).toBe(false);
});

test("whatever is sent where, and whenever the disk hangs: what is acknowledged is in the log, in its order, and nothing else is", async () => {
  for (let seed = 1; seed <= 40; seed++) {
    const random = new SeededRandom(seed);
    const { broker, disk } = await brokerOfTwo();
    const batchOf = (name: string) => (random.integer(6) > 0 ? named(broker, name) : slow(broker, name));
    const connections = [0, 1, 2].map(() => new AppendLine());
    const sent: { readonly exchange: ReturnType<typeof send>; readonly values: string[]; readonly from: number }[] = [];
    for (let step = 0; step < 80; step++) {
      const chance = random.integer(100);
      const from = random.integer(3);
      if (chance < 10) disk.hang();
      else if (chance < 25) disk.goOn();
      else if (chance < 35) await broker.runtime.clock.advanceWithPromises(random.integer(3_000));
      else if (!connections[from]!.isStalled) {
        const indexes = [[0], [1], [0, 1], [1, 0]][random.integer(4)]!;
        const values = indexes.map((index) => `${step} ${index}`);
        const batches = indexes.map((index, at) => [index, batchOf(values[at]!)] as const);
        const exchange = send(broker, batches, { appendLine: connections[from] });
        sent.push({ exchange, values, from });
      }
    }
    disk.goOn();
    await settle(broker);
    const logs = [0, 1].map((index) => valuesIn(broker, index).map((value) => value.split("\n")[0]!));
    const acknowledged = logs.map(() => new Set<string>());
    for (const { exchange, values } of sent) {
      for (const [at, [errorCode, baseOffset]] of exchange.results()!.entries()) {
        const index = Number(values[at]!.split(" ")[1]);
        if (errorCode === NONE) acknowledged[index]!.add(values[at]!);
        expect([seed, logs[index]![baseOffset! - 1]]).toEqual([seed, errorCode === NONE ? values[at] : undefined]);
      }
    }
    expect(logs.map((values) => new Set(values))).toEqual(acknowledged);
    for (const [index, log] of logs.entries()) {
      for (const from of connections.keys()) {
        const own = sent.filter((each) => each.from === from).flatMap(({ values }) => values);
        const order = own.filter((value) => acknowledged[index]!.has(value));
        expect(log.filter((value) => order.includes(value))).toEqual(order);
      }
    }
    for (const line of connections) expect([line.isEmpty, line.isStalled]).toEqual([true, false]);
  }
});
