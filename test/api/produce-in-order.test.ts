import { describe, expect, test } from "vitest";
import { createRuntime } from "#adapter";
import { produce } from "../../src/api/produce.ts";
import { ErrorCode } from "../../src/protocol/error-codes.ts";
import { decodeRecords } from "../../src/record/record.ts";
import * as RecordBatch from "../../src/record/record-batch.ts";
import { AppendLine } from "../../src/replica/append-line.ts";
import type { JobOutcome, JobQueue, Settled, Workers } from "../../src/runtime.ts";
import { differsAt, patternBytes } from "../conformance/subject.ts";
import { TestBroker, type TestBrokerOptions } from "./test-broker.ts";

/** Batches that are checked in another thread are appended as if they had been checked at once. */

const { compression } = createRuntime();
/** Noise, so that it stays as large as it is. */
const large = patternBytes(70_000);

async function brokerWith(options: TestBrokerOptions = {}, topic: Parameters<TestBroker["createTopic"]>[1] = {}) {
  const broker = await TestBroker.start({ compression, ...options });
  broker.createTopic("t", { partitions: 3, ...topic });
  return broker;
}

type Partitions = readonly (readonly [index: number, records: Uint8Array])[];

function send(
  broker: TestBroker,
  partitions: Partitions,
  { acks = 1, appendLine = new AppendLine(), apiVersion = 9 } = {},
) {
  const partitionData = partitions.map(([index, records]) => ({ index, records }));
  const request = { acks, timeoutMs: 1_000, topicData: [{ name: "t", partitionData }] };
  const exchange = broker.send(produce, apiVersion, request, { appendLine });
  return {
    exchange,
    results: () => exchange.response?.responses[0]?.partitionResponses,
    isAnswered: () => exchange.response !== undefined,
  };
}

function slow(broker: TestBroker, input: Parameters<TestBroker["batch"]>[1] = {}): Uint8Array {
  return broker.batch(1, { compression: "lz4", values: [large], ...input });
}

describe("a batch that takes long to check", () => {
  test("is appended and answered in a later turn", async () => {
    const broker = await brokerWith();
    const answer = send(broker, [[0, slow(broker)]]);
    expect([answer.isAnswered(), broker.partition("t").log!.logEndOffset]).toEqual([false, 0]);
    broker.runtime.clock.runUntilIdle();
    expect(answer.results()).toMatchObject([{ errorCode: 0, baseOffset: 0 }]);
    expect(broker.partition("t").log!.logEndOffset).toBe(1);
  });

  test("comes before a quick one for the same partition that another connection sends later", async () => {
    const broker = await brokerWith();
    const first = send(broker, [[0, slow(broker)]]);
    const second = send(broker, [[0, broker.batch(3)]]);
    const elsewhere = send(broker, [[1, broker.batch(2)]]);
    expect([first.isAnswered(), second.isAnswered(), elsewhere.isAnswered()]).toEqual([false, false, true]);
    broker.runtime.clock.runUntilIdle();
    expect([first.results()![0]!.baseOffset, second.results()![0]!.baseOffset]).toEqual([0, 1]);
  });

  test("comes before everything that the same connection sends later, for whatever partition", async () => {
    const broker = await brokerWith();
    const appendLine = new AppendLine();
    const order: number[] = [];
    const requests = [[[0, slow(broker)]], [[1, broker.batch()]], [[2, slow(broker)]], [[1, broker.batch()]]] as const;
    const answers = requests.map((partitions) => send(broker, partitions, { appendLine }));
    expect(answers.map(({ isAnswered }) => isAnswered())).toEqual([false, false, false, false]);
    expect([0, 1, 2].map((index) => broker.partition("t", index).log!.logEndOffset)).toEqual([0, 0, 0]);
    broker.runtime.clock.runUntilIdle();
    for (const answer of answers) order.push(answer.results()![0]!.baseOffset);
    expect(order).toEqual([0, 0, 0, 1]);
    expect(appendLine.isEmpty).toBe(true);
  });

  test("does not hold up the other partitions of its request, and they are answered together", async () => {
    const broker = await brokerWith();
    const both = send(broker, [
      [0, broker.batch()],
      [1, slow(broker)],
      [2, broker.batch()],
    ]);
    const behind = send(broker, [[2, broker.batch()]]);
    expect([both.isAnswered(), behind.isAnswered()]).toEqual([false, true]);
    broker.runtime.clock.runUntilIdle();
    expect(both.results()!.map(({ errorCode, baseOffset }) => [errorCode, baseOffset])).toEqual([
      [0, 0],
      [0, 0],
      [0, 0],
    ]);
    expect(behind.results()![0]!.baseOffset).toBe(1);
  });

  test("two requests that name the same partitions in different orders get through", async () => {
    const broker = await brokerWith();
    const one = send(broker, [
      [0, slow(broker)],
      [1, slow(broker)],
    ]);
    const other = send(broker, [
      [1, slow(broker)],
      [0, slow(broker)],
    ]);
    broker.runtime.clock.runUntilIdle();
    expect(one.results()!.map(({ baseOffset }) => baseOffset)).toEqual([0, 0]);
    expect(other.results()!.map(({ baseOffset }) => baseOffset)).toEqual([1, 1]);
  });

  test("is recognised when an idempotent producer sends it again before it is in the log", async () => {
    const broker = await brokerWith();
    const producer = { producerId: 5, producerEpoch: 0, baseSequence: 0 };
    const first = send(broker, [[0, slow(broker, producer)]]);
    const again = send(broker, [[0, slow(broker, producer)]]);
    const next = send(broker, [[0, broker.batch(1, { ...producer, baseSequence: 1 })]]);
    broker.runtime.clock.runUntilIdle();
    expect([first, again, next].map(({ results }) => results()![0])).toMatchObject([
      { errorCode: 0, baseOffset: 0 },
      { errorCode: 0, baseOffset: 0 },
      { errorCode: 0, baseOffset: 1 },
    ]);
    expect(broker.partition("t").log!.logEndOffset).toBe(2);
  });

  test("is refused when the leadership is lost, or the topic is deleted, before it is in the log", async () => {
    const broker = await brokerWith({}, { replicas: [1, 2], isr: [1] });
    const first = send(broker, [[0, slow(broker)]]);
    broker.changePartition("t", { leader: 2 });
    broker.runtime.clock.runUntilIdle();
    expect(first.results()![0]!.errorCode).toBe(ErrorCode.NOT_LEADER_OR_FOLLOWER);
    const second = send(broker, [[1, slow(broker)]]);
    broker.deleteTopic("t");
    broker.runtime.clock.runUntilIdle();
    expect(second.results()![0]!.errorCode).toBe(ErrorCode.NOT_LEADER_OR_FOLLOWER);
  });

  test("with acks=0 that is refused ends the connection, as ever", async () => {
    const broker = await brokerWith();
    const broken = slow(broker);
    broken[200]! ^= 1;
    const { exchange } = send(broker, [[0, broken]], { acks: 0 });
    expect(exchange.response).toBeUndefined();
    broker.runtime.clock.runUntilIdle();
    expect([exchange.response, exchange.disconnectReason]).toEqual([null, expect.stringMatching(/CORRUPT_MESSAGE/)]);
  });

  test.each(["CreateTime", "LogAppendTime"] as const)(
    "is stored as if it were checked at once, under %s",
    async (type) => {
      for (const target of ["producer", "uncompressed", "gzip", "snappy", "lz4", "zstd"] as const) {
        for (const codec of ["none", "gzip", "snappy", "lz4", "zstd"] as const) {
          const config = { "message.timestamp.type": type, "compression.type": target };
          const stored: Uint8Array[] = [];
          for (const workers of [undefined, noWorkers]) {
            const broker = await brokerWith({ workers }, { config });
            const batch = broker.batch(2, { compression: codec, values: [large, large.subarray(5)] });
            // A producer may be wrong about the largest timestamp.
            RecordBatch.setMaxTimestamp(batch, 0, 12);
            RecordBatch.writeChecksum(batch, 0, broker.runtime.checksums);
            const answer = send(broker, [[0, batch]]);
            const expected =
              workers !== undefined || (codec === "none" && (target === "producer" || target === "uncompressed"));
            expect(answer.isAnswered(), `${codec} to ${target}`).toBe(expected);
            broker.runtime.clock.runUntilIdle();
            const logAppendTimeMs = type === "LogAppendTime" ? broker.runtime.clock.now() : -1;
            expect(answer.results()).toMatchObject([{ errorCode: 0, logAppendTimeMs }]);
            stored.push(readAll(broker));
          }
          expect(differsAt(stored[0]!, stored[1]!), `${codec} to ${target}`).toBeUndefined();
          const [first, second, ...others] = decodeRecords(stored[0]!, 0, compression);
          expect(differsAt(first!.value!, large)).toBeUndefined();
          expect(differsAt(second!.value!, large.subarray(5))).toBeUndefined();
          expect(others).toEqual([]);
        }
      }
    },
  );
});

describe("what is not a matter of the batch", () => {
  test("a thread that dies is told as an error of the broker, and logged", async () => {
    const broker = await brokerWith({ workers: workersThat({ kind: "lost", error: new Error("out of memory") }) });
    const answer = send(broker, [[0, slow(broker)]]);
    const behind = send(broker, [[0, broker.batch()]]);
    await Promise.resolve();
    expect(answer.results()![0]!.errorCode).toBe(ErrorCode.UNKNOWN_SERVER_ERROR);
    expect(behind.results()![0]).toMatchObject({ errorCode: 0, baseOffset: 0 });
    expect(broker.runtime.log.lines.at(-1)).toMatchObject({
      level: "error",
      line: expect.stringMatching(/out of memory/),
    });
  });

  test("where no thread can be had the batch is checked on the loop", async () => {
    const workers = workersThat({ kind: "refused", error: new Error("not allowed") });
    const broker = await brokerWith({ workers });
    const answer = send(broker, [[0, slow(broker)]]);
    await Promise.resolve();
    expect(answer.results()![0]).toMatchObject({ errorCode: 0, baseOffset: 0 });
  });

  test("where no more jobs are taken the batch is checked on the loop, and keeps its place", async () => {
    const broker = await brokerWith({ workers: fullWorkers });
    const answers = [slow(broker), broker.batch()].map((batch) => send(broker, [[0, batch]]));
    expect(answers.map(({ isAnswered }) => isAnswered())).toEqual([false, false]);
    broker.runtime.clock.runUntilIdle();
    expect(answers.map(({ results }) => results()![0]!.baseOffset)).toEqual([0, 1]);
  });
});

describe("batches that expand", () => {
  const zeros = (size: number) => new Uint8Array(size);
  const limits = { batchBytes: 3_000_000, requestBytes: 5_000_000, totalBytes: 4_000_000 };

  test.each(["gzip", "snappy", "lz4", "zstd"] as const)(
    "beyond the limit of a batch are too large in codec %s",
    async (codec) => {
      for (const size of [2_900_000, 3_100_000, 100_000_000]) {
        const broker = await brokerWith({ limits }, { config: { "max.message.bytes": 10_000_000 } });
        const answer = send(broker, [[0, broker.batch(1, { compression: codec, values: [zeros(size)] })]]);
        broker.runtime.clock.runUntilIdle();
        const errorCode = size < 3_000_000 ? ErrorCode.NONE : ErrorCode.MESSAGE_TOO_LARGE;
        expect(answer.results()![0]!.errorCode, `${size} bytes`).toBe(errorCode);
      }
    },
  );

  test("beyond the limit of a request are too large, those before them are not", async () => {
    const broker = await brokerWith({ limits });
    const bomb = () => broker.batch(1, { compression: "zstd", values: [zeros(2_000_000)] });
    const answer = send(broker, [
      [0, bomb()],
      [1, bomb()],
      [2, bomb()],
    ]);
    broker.runtime.clock.runUntilIdle();
    const { NONE, MESSAGE_TOO_LARGE } = ErrorCode;
    expect(answer.results()!.map(({ errorCode }) => errorCode)).toEqual([NONE, NONE, MESSAGE_TOO_LARGE]);
  });

  test("wait for each other when they would take more memory than there is, and all get through", async () => {
    const broker = await brokerWith({ limits: { ...limits, requestBytes: 1 << 30 } });
    const answers = Array.from({ length: 12 }, (_, index) =>
      send(broker, [[index % 3, broker.batch(1, { compression: "zstd", values: [zeros(2_500_000)] })]]),
    );
    broker.runtime.clock.runUntilIdle();
    expect(answers.map(({ results }) => results()![0]!.errorCode)).toEqual(answers.map(() => 0));
  });
});

function readAll(broker: TestBroker): Uint8Array {
  const log = broker.partition("t").log!;
  const { records } = log.read(0, 1 << 30, { upToOffset: log.logEndOffset });
  const bytes = new Uint8Array(records!.length);
  records!.file.read(bytes, records!.position);
  return bytes;
}

function queueOf(isReady: boolean, run: JobQueue["run"]): Workers {
  return { parallelism: 1, openQueue: () => ({ isReady, start() {}, run, close() {} }) };
}

/** No thread ever gets ready. */
const noWorkers = queueOf(false, () => false);
const fullWorkers = queueOf(true, () => false);

/** Every job ends so. */
function workersThat(outcome: Exclude<JobOutcome<never>, { kind: "done" }>): Workers {
  return queueOf(true, (_job, _call, settled: Settled<never>) => {
    void Promise.resolve().then(() => settled(outcome));
    return true;
  });
}
