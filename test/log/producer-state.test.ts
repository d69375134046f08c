import { describe, expect, test } from "vitest";
import { ErrorCode } from "../../src/protocol/error-codes.ts";
import { buildEndTransactionMarker } from "../../src/record/control-record.ts";
import { append, batch, createLog, loadLog, logConfig, START_MS, settled, simulate } from "./log-fixture.ts";

const producer = (baseSequence: number, producerEpoch = 0, producerId = 7) => ({
  producerId,
  producerEpoch,
  baseSequence,
});

describe("an idempotent producer", () => {
  test("gets the old offsets when it sends one of its last five batches again", () => {
    const log = createLog();
    for (let index = 0; index < 7; index++) append(log, ["a", "b"], producer(index * 2));
    for (let index = 2; index < 7; index++) {
      expect(append(log, ["a", "b"], producer(index * 2))).toMatchObject({
        errorCode: 0,
        duplicate: true,
        firstOffset: index * 2,
        lastOffset: index * 2 + 1,
      });
    }
    expect(append(log, ["a", "b"], producer(2)).errorCode).toBe(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER);
    expect(log.logEndOffset).toBe(14);
  });

  test("is refused a batch that does not follow its last one", () => {
    const log = createLog();
    append(log, ["a", "b"], producer(0));
    for (const sequence of [0, 1, 3, 100]) {
      expect(append(log, ["x"], producer(sequence)).errorCode).toBe(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER);
    }
    expect(append(log, ["c"], producer(2)).firstOffset).toBe(2);
  });

  test("may start with any number when the log does not know it", () => {
    expect(append(createLog(), ["a"], producer(1234)).errorCode).toBe(0);
  });

  test("goes on with 0 after 2^31-1, also inside a batch", () => {
    const log = createLog();
    append(log, ["a"], producer(0x7fff_ffff));
    expect(append(log, ["b"], producer(0)).errorCode).toBe(0);
    const other = createLog();
    append(other, ["a", "b", "c"], producer(0x7fff_fffe));
    expect(append(other, ["a", "b", "c"], producer(0x7fff_fffe))).toMatchObject({ duplicate: true, firstOffset: 0 });
    expect(append(other, ["d"], producer(1)).errorCode).toBe(0);
  });

  test("starts over with 0 in a new epoch, and is fenced in an old one", () => {
    const log = createLog();
    append(log, ["a"], producer(0, 1));
    expect(append(log, ["b"], producer(1, 2)).errorCode).toBe(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER);
    expect(append(log, ["b"], producer(0, 2)).firstOffset).toBe(1);
    expect(append(log, ["c"], producer(1, 1)).errorCode).toBe(ErrorCode.INVALID_PRODUCER_EPOCH);
  });

  test("is not disturbed by others", () => {
    const log = createLog();
    append(log, ["a"], producer(0, 0, 1));
    append(log, ["a"], producer(5, 3, 2));
    append(log, ["a"]);
    expect(append(log, ["b"], producer(1, 0, 1)).errorCode).toBe(0);
    expect(append(log, ["b"], producer(6, 3, 2)).errorCode).toBe(0);
    expect([...log.producers.entries].map(({ producerId, lastSequence }) => [producerId, lastSequence])).toEqual([
      [1, 1],
      [2, 6],
    ]);
  });

  test("is forgotten when it has been idle for long", () => {
    const log = createLog();
    append(log, ["a"], producer(0));
    log.removeExpiredProducers(START_MS + 999, 1_000);
    expect(log.producers.size).toBe(1);
    log.removeExpiredProducers(START_MS + 1_000, 1_000);
    expect(log.producers.size).toBe(0);
    expect(append(log, ["a"], producer(77)).errorCode).toBe(0);
  });

  test("is known as of the new end after a truncation", () => {
    const log = createLog(simulate(), { "segment.bytes": 400 });
    for (let index = 0; index < 20; index++) append(log, ["x".repeat(80)], producer(index));
    log.truncateTo(11);
    expect(append(log, ["x"], producer(12)).errorCode).toBe(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER);
    expect(append(log, ["x"], producer(11)).firstOffset).toBe(11);
  });

  test("of a follower is known without any check", () => {
    const log = createLog();
    log.appendAsFollower(batch(["a"], { ...producer(10), leaderEpoch: 0 }));
    log.appendAsFollower(batch(["b"], { ...producer(90), leaderEpoch: 0, baseOffset: 1 }));
    expect(append(log, ["c"], producer(91)).errorCode).toBe(0);
  });
});

describe("transactions", () => {
  const marker = (commit: boolean, producerEpoch = 0, coordinatorEpoch = 0) =>
    buildEndTransactionMarker(
      { producerId: 7, producerEpoch, coordinatorEpoch, commit, timestamp: START_MS },
      simulate(),
    );
  const end = { leaderEpoch: 0, nowMs: START_MS, origin: "coordinator" as const };

  test("a marker has Kafka's 78 bytes", () => {
    expect(marker(true).length).toBe(78);
  });

  test("hold the last stable offset back until the marker is replicated", () => {
    const log = createLog();
    append(log, ["a"]);
    append(log, ["b"], { ...producer(0), transactional: true });
    append(log, ["c"]);
    log.updateHighWatermark(3);
    expect(log.lastStableOffset).toBe(1);
    log.appendAsLeader(marker(true), end);
    expect(log.lastStableOffset).toBe(1);
    log.updateHighWatermark(4);
    expect(log.lastStableOffset).toBe(4);
  });

  test("are open after a restart too, and survive in the snapshot of a clean stop", async () => {
    for (const hadCleanShutdown of [true, false]) {
      const runtime = simulate();
      const log = createLog(runtime);
      append(log, ["a"]);
      append(log, ["b"], { ...producer(0), transactional: true });
      if (hadCleanShutdown) await settled(runtime, log.close());
      else log.closeHandlers();
      const again = await loadLog(runtime, { hadCleanShutdown });
      again.updateHighWatermark(2);
      expect(again.lastStableOffset).toBe(1);
      again.appendAsLeader(marker(false), end);
      again.updateHighWatermark(3);
      expect(again.lastStableOffset).toBe(3);
    }
  });

  test("refuse a batch outside of the open transaction, and the marker of an older coordinator", () => {
    const log = createLog();
    append(log, ["a"], { ...producer(0), transactional: true });
    expect(append(log, ["b"], producer(1)).errorCode).toBe(ErrorCode.INVALID_TXN_STATE);
    log.appendAsLeader(marker(true, 0, 5), end);
    expect(log.appendAsLeader(marker(true, 0, 4), end).errorCode).toBe(ErrorCode.TRANSACTION_COORDINATOR_FENCED);
    expect(append(log, ["b"], producer(1)).errorCode).toBe(0);
  });

  test("a marker with a higher epoch starts the sequence numbers over (KIP-890)", () => {
    const log = createLog();
    append(log, ["a"], { ...producer(0), transactional: true });
    log.appendAsLeader(marker(true, 1), end);
    expect(append(log, ["b"], { ...producer(1, 0), transactional: true }).errorCode).toBe(
      ErrorCode.INVALID_PRODUCER_EPOCH,
    );
    expect(append(log, ["b"], { ...producer(0, 1), transactional: true }).errorCode).toBe(0);
  });
});

test("producers that have been idle for long are not loaded", async () => {
  const runtime = simulate();
  const log = createLog(runtime);
  const nowMs = runtime.clock.now();
  log.appendAsLeader(batch(["a"], { ...producer(0), timestamp: nowMs - 2_000 }), { leaderEpoch: 0, nowMs });
  log.appendAsLeader(batch(["a"], { ...producer(0, 0, 8), timestamp: nowMs }), { leaderEpoch: 0, nowMs });
  await settled(runtime, log.close());
  const again = await loadLog(runtime, { config: logConfig(), hadCleanShutdown: true, producerIdExpirationMs: 1_000 });
  expect([...again.producers.entries].map(({ producerId }) => producerId)).toEqual([8]);
});
