import { describe, expect, test } from "vitest";
import { createMemoryFiles, type MemoryFiles, type SimulatedRuntime } from "../../adapters/simulator/index.ts";
import { Log, type LogRuntime } from "../../src/log/log.ts";
import { isSystemError } from "../../src/log/storage-guard.ts";
import { buildEndTransactionMarker } from "../../src/record/control-record.ts";
import { FailingFiles } from "./failing-files.ts";
import { checkIndexes } from "./index-checks.ts";
import { append, loadLog, logConfig, logOptions, readAll, START_MS, settled, simulate, values } from "./log-fixture.ts";

const config = logConfig({
  "segment.bytes": 700,
  "segment.index.bytes": 120,
  "index.interval.bytes": 100,
  "file.delete.delay.ms": 1_000,
});
const STORAGE_ERROR = 56;

/** A log on files that fail when they are told to; what it has acknowledged, in order. */
class Session {
  readonly files: FailingFiles;
  readonly acknowledged: string[] = [];
  readonly runtime: SimulatedRuntime;
  readonly reported: Error[] = [];
  log: Log | undefined = undefined;

  constructor(memory: MemoryFiles) {
    this.runtime = simulate(memory);
    this.files = new FailingFiles(memory);
  }

  /** Everything that a log does with its files. */
  async play(): Promise<void> {
    await this.open(false);
    for (let index = 0; index < 12; index++) this.append(index);
    this.end();
    await this.act((log) => settled(this.runtime, log.flush()));
    await this.act((log) => log.roll());
    for (let index = 12; index < 16; index++) this.append(index);
    await this.act((log) => {
      // Half done, it may be gone or not.
      this.acknowledged.pop();
      log.truncateTo(log.logEndOffset - 1);
    });
    this.append(16);
    await this.act((log) => {
      log.incrementLogStartOffset(3);
      log.deleteOldSegments(START_MS);
    });
    await this.act(() => this.runtime.clock.advanceWithPromises(1_000));
    this.read();
    await this.act((log) => settled(this.runtime, log.close()));
    await this.open(true);
    this.append(17);
    this.read();
  }

  async open(hadCleanShutdown: boolean): Promise<void> {
    if (hadCleanShutdown && this.log?.failure?.message !== "The log is closed") return;
    const runtime: LogRuntime = { ...this.runtime, files: this.files };
    const onFailure = (error: Error) => this.reported.push(error);
    this.log = undefined;
    try {
      const options = logOptions(this.runtime, { runtime, config, hadCleanShutdown, onFailure });
      this.log = await settled(this.runtime, Log.load(options));
      this.log.updateHighWatermark(this.log.logEndOffset);
    } catch (error) {
      if (!isSystemError(error)) throw error;
      this.reported.push(error);
    }
  }

  append(index: number): void {
    const { log } = this;
    if (log === undefined) return;
    const text = `${index}`.padEnd(60);
    const info = append(log, [text], { timestamp: START_MS + index });
    if (info.errorCode === 0) this.acknowledged.push(text);
    else expect(info.errorCode).toBe(STORAGE_ERROR);
    if (log.failure === undefined) log.updateHighWatermark(log.logEndOffset);
  }

  /** An aborted transaction: the transaction index is written, too. */
  end(): void {
    const { log } = this;
    if (log === undefined) return;
    const text = "aborted".padEnd(60);
    const input = { producerId: 9, producerEpoch: 0, baseSequence: 0, transactional: true };
    if (append(log, [text], { timestamp: START_MS, ...input }).errorCode === 0) this.acknowledged.push(text);
    const marker = { producerId: 9, producerEpoch: 0, coordinatorEpoch: 0, commit: false, timestamp: START_MS };
    const bytes = buildEndTransactionMarker(marker, this.runtime);
    const info = log.appendAsLeader(bytes, { leaderEpoch: 0, nowMs: START_MS, origin: "coordinator" });
    if (info.errorCode === 0) this.acknowledged.push("marker");
    if (log.failure === undefined) log.updateHighWatermark(log.logEndOffset);
  }

  read(): void {
    const { log } = this;
    if (log === undefined) return;
    const read = log.read(5, 100, { upToOffset: log.logEndOffset, minOneMessage: true });
    if (read.errorCode === 0 && read.records !== null)
      log.abortedTransactions(5, { ...read, segmentBaseOffset: 0, position: 0 });
    try {
      log.findBatchByTimestamp(START_MS + 9, log.logStartOffset);
    } catch (error) {
      if (!isSystemError(error)) throw error;
    }
  }

  async act(action: (log: Log) => unknown): Promise<void> {
    const { log } = this;
    if (log === undefined || log.failure !== undefined) return;
    try {
      await action(log);
    } catch (error) {
      if (!isSystemError(error)) throw error;
    }
  }
}

async function countCalls(): Promise<string[]> {
  const calls: string[] = [];
  const session = new Session(createMemoryFiles());
  session.files.fault = (call) => {
    calls.push(call);
    return undefined;
  };
  await session.play();
  expect(session.reported).toEqual([]);
  expect(session.acknowledged.length).toBe(18 + 1);
  return calls;
}

async function expectWhole(memory: MemoryFiles, acknowledged: readonly string[], hint: string): Promise<void> {
  const runtime = simulate(memory);
  const log = await loadLog(runtime, { config, hadCleanShutdown: false, recoveryPoint: 0 });
  const found = values(readAll(log)).map((value) => (/^\w+ +$/.test(value!) ? value : "marker"));
  // The last append may be there although it was refused; nothing else may, and nothing may be missing.
  expect(found.slice(0, acknowledged.length - log.logStartOffset), hint).toEqual(
    acknowledged.slice(log.logStartOffset),
  );
  expect(found.length, hint).toBeLessThanOrEqual(acknowledged.length - log.logStartOffset + 2);
  checkIndexes(log);
  expect(append(log, ["after"]).errorCode, hint).toBe(0);
  log.closeHandlers();
}

describe("an I/O error", () => {
  test.each(["EIO", "ENOSPC"])("%s at any call of any operation loses nothing that was acknowledged", async (code) => {
    const calls = await countCalls();
    expect(new Set(calls)).toEqual(
      new Set([
        "makeDirectory",
        "list",
        "open",
        "stat",
        "read",
        "write",
        "truncate",
        "sync",
        "syncDirectory",
        "rename",
        "remove",
      ]),
    );
    for (let failing = 0; failing < calls.length; failing++) {
      const memory = createMemoryFiles();
      const session = new Session(memory);
      let count = 0;
      session.files.fault = () => (count++ === failing ? code : undefined);
      const hint = `call ${failing}, ${calls[failing]}`;
      await session.play();
      expect(session.reported.length, hint).toBeGreaterThan(0);
      session.log?.closeHandlers();
      await expectWhole(memory, session.acknowledged, hint);
    }
  });

  test("that stays ends everything, and what was acknowledged before is there on a disk that works again", async () => {
    const calls = await countCalls();
    for (let failing = 0; failing < calls.length; failing += 3) {
      const memory = createMemoryFiles();
      const session = new Session(memory);
      let count = 0;
      session.files.fault = () => (count++ >= failing ? "EIO" : undefined);
      await session.play();
      session.log?.closeHandlers();
      await expectWhole(memory, session.acknowledged, `from call ${failing} on, ${calls[failing]}`);
    }
  });
});
