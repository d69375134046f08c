import { describe, expect, test } from "vitest";
import { SeededRandom, type SimulatedRuntime } from "../../adapters/simulator/index.ts";
import type { Log } from "../../src/log/log.ts";
import type { AbortedTransaction } from "../../src/log/transaction-index.ts";
import { buildEndTransactionMarker } from "../../src/record/control-record.ts";
import { append, createLog, loadLog, logConfig, START_MS, settled, simulate } from "./log-fixture.ts";

const config = logConfig({ "segment.bytes": 2_000, "index.interval.bytes": 300 });
const directory = "/data/orders-0";

function write(log: Log, producerId: number, baseSequence: number, text = "x") {
  return append(log, [text], { producerId, producerEpoch: 0, baseSequence, transactional: true });
}

function end(log: Log, producerId: number, commit: boolean): number {
  const marker = { producerId, producerEpoch: 0, coordinatorEpoch: 0, commit, timestamp: START_MS };
  const bytes = buildEndTransactionMarker(marker, simulate());
  return log.appendAsLeader(bytes, { leaderEpoch: 0, nowMs: START_MS, origin: "coordinator" }).firstOffset;
}

function indexFiles(runtime: SimulatedRuntime): Map<string, string> {
  const files = new Map<string, string>();
  for (const { name } of runtime.files.list(directory)) {
    if (!name.endsWith(".txnindex")) continue;
    const file = runtime.files.open(`${directory}/${name}`, "read");
    const bytes = new Uint8Array(file.size());
    file.read(bytes, 0);
    file.close();
    files.set(name, Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(""));
  }
  return files;
}

const allAborted = (log: Log) =>
  log.segments.flatMap((segment) => segment.abortedTransactions(0, log.logEndOffset).transactions);

/** What a consumer of committed records is told about a read. */
function abortedIn(log: Log, startOffset: number, maxBytes: number): readonly AbortedTransaction[] {
  const read = log.read(startOffset, maxBytes, { upToOffset: log.lastStableOffset, minOneMessage: true });
  return log.abortedTransactions(startOffset, read)!;
}

describe("a transaction index", () => {
  test("is there only when a transaction with records was aborted", () => {
    const runtime = simulate();
    const log = createLog(runtime, config);
    write(log, 1, 0);
    end(log, 1, true);
    end(log, 1, false);
    expect(indexFiles(runtime).size).toBe(0);
    write(log, 1, 1);
    end(log, 1, false);
    expect(indexFiles(runtime).size).toBe(1);
  });

  test("has Kafka's 34 bytes for each: version, producer, first and last offset, last stable offset", () => {
    const runtime = simulate();
    const log = createLog(runtime, config);
    write(log, 0x0102030405, 0);
    write(log, 7, 0);
    end(log, 0x0102030405, false);
    end(log, 7, false);
    expect([...indexFiles(runtime).values()]).toEqual([
      `${"0000"}${"0000000102030405"}${"0000000000000000"}${"0000000000000002"}${"0000000000000001"}` +
        `${"0000"}${"0000000000000007"}${"0000000000000001"}${"0000000000000003"}${"0000000000000004"}`,
    ]);
  });

  test("tells a read of those that began before it and of those that end after it, in later segments", () => {
    const log = createLog(simulate(), config);
    write(log, 1, 0);
    for (let index = 0; index < 40; index++) append(log, ["y".repeat(80)]);
    write(log, 2, 0);
    for (let index = 0; index < 40; index++) append(log, ["y".repeat(80)]);
    const marker1 = end(log, 1, false);
    const marker2 = end(log, 2, false);
    log.updateHighWatermark(log.logEndOffset);
    expect(log.segments.length).toBeGreaterThan(3);
    const [first, second] = allAborted(log) as [AbortedTransaction, AbortedTransaction];
    expect(first).toEqual({ producerId: 1, firstOffset: 0, lastOffset: marker1, lastStableOffset: 41 });
    expect(second).toEqual({ producerId: 2, firstOffset: 41, lastOffset: marker2, lastStableOffset: marker2 + 1 });
    expect(abortedIn(log, 0, 100)).toEqual([first]);
    expect(abortedIn(log, 50, 10_000)).toEqual([first, second]);
    expect(abortedIn(log, marker2, 10_000)).toEqual([second]);
  });

  test("is cut with its segment, and goes on from there", () => {
    const runtime = simulate();
    const log = createLog(runtime, config);
    for (let index = 0; index < 3; index++) {
      write(log, 1, index);
      end(log, 1, false);
    }
    log.truncateTo(5);
    expect(allAborted(log).map(({ lastOffset }) => lastOffset)).toEqual([1, 3]);
    end(log, 1, false);
    expect(allAborted(log).map(({ firstOffset, lastOffset }) => [firstOffset, lastOffset])).toEqual([
      [0, 1],
      [2, 3],
      [4, 5],
    ]);
  });

  test("is renamed and removed with its segment", async () => {
    const runtime = simulate();
    const log = createLog(runtime, config);
    write(log, 1, 0);
    end(log, 1, false);
    log.roll();
    append(log, ["a"]);
    log.updateHighWatermark(3);
    log.incrementLogStartOffset(2);
    log.deleteSegmentsBelowLogStart();
    const names = () => runtime.files.list(directory).map(({ name }) => name);
    expect(names()).toContain("00000000000000000000.txnindex.deleted");
    await runtime.clock.advanceWithPromises(config["file.delete.delay.ms"]);
    expect(names().filter((name) => name.includes("txnindex"))).toEqual([]);
  });

  test("that is missing, torn or of another version is built anew after a clean stop", async () => {
    for (const damage of ["torn", "version", "order", "before the segment"] as const) {
      const runtime = simulate();
      const log = createLog(runtime, config);
      for (let index = 0; index < 30; index++) {
        write(log, index % 3, Math.floor(index / 3), "z".repeat(100));
        if (index % 3 === 2) for (const producerId of [2, 0, 1]) end(log, producerId, index % 2 === 0);
      }
      const expected = allAborted(log);
      const indexed = log.segments.find((segment, index) => index > 0 && segment.transactionIndex.entries > 1)!;
      await settled(runtime, log.close());
      const intact = indexFiles(runtime);
      const file = runtime.files.open(indexed.transactionIndex.path, "write");
      if (damage === "torn") file.truncate(file.size() - 1);
      if (damage === "version") file.write(new Uint8Array([0, 1]), 34);
      if (damage === "order") file.write(new Uint8Array(8), 34 + 18);
      if (damage === "before the segment") file.write(new Uint8Array(8), 18);
      file.close();
      const again = await loadLog(runtime, { config, hadCleanShutdown: true });
      expect(allAborted(again), damage).toEqual(expected);
      expect(indexFiles(runtime), damage).toEqual(intact);
    }
  });
});

test("random transactions: every index is what recovery makes of the log, and every read is told what it has to know", async () => {
  for (let seed = 1; seed <= 12; seed++) {
    const random = new SeededRandom(seed);
    const runtime = simulate();
    const log = createLog(runtime, config);
    const open = new Map<number, number>();
    const sequences = new Map<number, number>();
    const model: { producerId: number; firstOffset: number; lastOffset: number }[] = [];
    for (let step = 0; step < 300; step++) {
      const producerId = random.integer(5);
      if (random.integer(4) > 0) {
        const sequence = sequences.get(producerId) ?? 0;
        const { firstOffset } = write(log, producerId, sequence, "x".repeat(random.integer(120)));
        sequences.set(producerId, sequence + 1);
        if (!open.has(producerId)) open.set(producerId, firstOffset);
      } else {
        const commit = random.integer(2) === 0;
        const lastOffset = end(log, producerId, commit);
        const firstOffset = open.get(producerId);
        if (firstOffset !== undefined && !commit) model.push({ producerId, firstOffset, lastOffset });
        open.delete(producerId);
      }
    }
    expect(
      allAborted(log).map(({ producerId, firstOffset, lastOffset }) => ({ producerId, firstOffset, lastOffset })),
      `seed ${seed}`,
    ).toEqual(model);
    log.updateHighWatermark(log.logEndOffset);
    expect(log.lastStableOffset).toBe(Math.min(log.logEndOffset, ...open.values()));
    for (let read = 0; read < 50; read++) {
      const offset = random.integer(log.lastStableOffset);
      const told = abortedIn(log, offset, random.integer(3_000));
      const needed = model.filter(({ firstOffset, lastOffset }) => lastOffset >= offset && firstOffset <= offset);
      expect(
        told.map(({ lastOffset }) => lastOffset),
        `seed ${seed}`,
      ).toEqual(expect.arrayContaining(needed.map(({ lastOffset }) => lastOffset)));
      for (const { lastOffset } of told) expect(lastOffset).toBeGreaterThanOrEqual(offset);
    }
    const before = indexFiles(runtime);
    log.closeHandlers();
    const recovered = await loadLog(runtime, { config, hadCleanShutdown: false });
    expect(indexFiles(runtime), `seed ${seed}`).toEqual(before);
    recovered.updateHighWatermark(recovered.logEndOffset);
    expect(recovered.lastStableOffset).toBe(log.lastStableOffset);
  }
});
