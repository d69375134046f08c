import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { createDiskFiles } from "../../adapters/shared/files/disk-files.ts";
import { SeededRandom, type SimulatedRuntime } from "../../adapters/simulator/index.ts";
import { CleanedSegment } from "../../src/log/cleaner/cleaned-segment.ts";
import { Log, type LogOptions } from "../../src/log/log.ts";
import { OpenFiles } from "../../src/log/open-files.ts";
import { buildEndTransactionMarker } from "../../src/record/control-record.ts";
import { HangingThreads, type LateCall } from "../adapters/hanging-threads.ts";
import { checkIndexes } from "./index-checks.ts";
import { batch, logConfig, logOptions, readAll, START_MS, settled, simulate } from "./log-fixture.ts";

const STORAGE_ERROR = 56;
const LATE_CALLS: readonly LateCall[] = ["nothing", "half", "all"];
const MARKER = "marker";

/**
 * One history of a log, drawn from a seed, on a disk that hangs from any call on, and again while what was postponed is made
 * good. What was acknowledged is there afterwards, nothing else is, and the log is never out of use. After a kill in the
 * midst of it all of that is there, too; what was to be taken away may be.
 */
export class StalledLogHistory {
  readonly steps: string[] = [];
  private readonly random: SeededRandom;
  private readonly root = mkdtempSync(join(tmpdir(), "polylog-stalled-"));
  private readonly failures: Error[] = [];
  private readonly config;
  private readonly maxOpenFiles: number;
  private readonly isDead: boolean;
  private threads: HangingThreads;
  private readonly killed: HangingThreads[] = [];
  private runtime: SimulatedRuntime;
  private directory = join(this.root, "orders-0");
  private log: Log;
  /** By offset; that of a batch alone. */
  private readonly records = new Map<number, string>();
  private readonly everWritten = new Map<number, Set<string>>();
  private written = 0;
  private leaderEpoch = 0;
  private transactionOf: number | undefined;

  constructor(seed: number) {
    this.random = new SeededRandom(seed);
    this.isDead = seed % 2 === 0;
    // A file that has to be opened anew in the middle of a change can't be, on a dead disk.
    this.maxOpenFiles = this.isDead ? 100 : 1 + (seed % 8);
    this.threads = this.newThreads();
    this.config = logConfig({
      "segment.bytes": 400 + this.random.integer(6_000),
      "segment.index.bytes": 12 * (2 + this.random.integer(400)),
      "index.interval.bytes": this.random.integer(200),
      "file.delete.delay.ms": 1_000,
    });
    this.runtime = simulate();
    this.log = Log.create(this.options());
    this.log.files.watched!.limitReads();
  }

  async run(stepCount: number): Promise<void> {
    try {
      for (let step = 0; step < stepCount; step++) {
        const cleaned = this.chance(4) ? await this.clean() : undefined;
        if (this.chance(2)) this.hangSoon();
        cleaned?.();
        for (let count = 1 + this.random.integer(3); count > 0; count--) this.step();
        if (this.threads.isHanging && this.chance(4)) await this.kill();
        else await this.goOn();
        if (this.chance(5)) await this.restart();
      }
    } finally {
      this.log.closeHandlers();
      // Another thread may still remove files of it.
      rmSync(this.root, { recursive: true, force: true });
      // What a killed process has open is closed with it; this one goes on.
      for (const threads of this.killed) threads.goOn();
    }
  }

  private hangSoon(): void {
    this.threads.callsLeft = this.random.integer(this.chance(2) ? 4 : 40);
    this.threads.lateCall = LATE_CALLS[this.random.integer(3)]!;
    this.steps.push(`hangs after ${this.threads.callsLeft} calls, the last of them made: ${this.threads.lateCall}`);
  }

  private step(): void {
    const chance = this.random.integer(100);
    if (chance < 50) this.append();
    else if (chance < 62) this.endTransaction();
    else if (chance < 72) this.roll();
    else if (chance < 82) this.truncate();
    else if (chance < 86) this.truncateFully();
    else if (chance < 94) this.deleteFromStart();
    else this.renameDirectory();
    for (const failure of this.failures) throw failure;
    if (this.threads.isHanging) this.readWhileItHangs();
  }

  private append(): void {
    const count = 1 + this.random.integer(this.chance(4) ? 300 : 4);
    const texts = Array.from({ length: count }, () => `${this.written++}`.padEnd(this.random.integer(60), "."));
    const isTransactional = this.chance(3) && this.transactionOf === undefined;
    this.steps.push(`append ${count} at ${this.log.logEndOffset}${isTransactional ? ", in a transaction" : ""}`);
    for (const text of texts) {
      const producer = isTransactional
        ? { producerId: this.written, producerEpoch: 0, baseSequence: 0, transactional: true }
        : {};
      const records = batch([text], { timestamp: START_MS + this.written, ...producer });
      const nowMs = START_MS + this.written;
      const info = this.log.appendAsLeader(records, { leaderEpoch: this.leaderEpoch, nowMs });
      this.appended(info.errorCode, text);
      if (info.errorCode !== 0) return;
      if (isTransactional) {
        this.transactionOf = this.written;
        return;
      }
    }
  }

  private endTransaction(): void {
    if (this.transactionOf === undefined || this.log.producers.get(this.transactionOf) === undefined) return;
    this.steps.push(`abort at ${this.log.logEndOffset}`);
    const timestamp = START_MS + this.written;
    const marker = { producerId: this.transactionOf, producerEpoch: 1, coordinatorEpoch: 0, commit: false, timestamp };
    const { errorCode } = this.log.appendAsLeader(buildEndTransactionMarker(marker, this.runtime), {
      leaderEpoch: this.leaderEpoch,
      nowMs: timestamp,
      origin: "coordinator",
      transactionVersion: 2,
    });
    this.appended(errorCode, MARKER);
    if (errorCode === 0) this.transactionOf = undefined;
  }

  private appended(errorCode: number, text: string): void {
    const offset = errorCode === 0 ? this.log.logEndOffset - 1 : this.log.logEndOffset;
    this.everWritten.set(offset, (this.everWritten.get(offset) ?? new Set()).add(text));
    if (errorCode !== 0) {
      expect([errorCode, this.threads.isHanging]).toEqual([STORAGE_ERROR, true]);
      return;
    }
    this.records.set(offset, text);
    this.log.updateHighWatermark(this.log.logEndOffset);
  }

  private roll(): void {
    this.steps.push("roll");
    this.log.roll();
  }

  private truncate(): void {
    const { logStartOffset, logEndOffset } = this.log;
    if (logEndOffset === logStartOffset) return;
    const offset = Math.max(logStartOffset, logEndOffset - 1 - this.random.integer(40));
    this.steps.push(`truncate to ${offset} from ${logEndOffset}`);
    if (this.isRefused(() => this.log.truncateTo(offset))) return;
    this.forget((at) => at >= offset);
    this.afterTruncation();
  }

  private truncateFully(): void {
    const offset = this.log.logEndOffset + this.random.integer(3);
    this.steps.push(`start anew at ${offset}`);
    if (this.isRefused(() => this.log.truncateFullyAndStartAt(offset))) return;
    this.forget(() => true);
    this.afterTruncation();
  }

  /** A dead disk does not say what there is to be changed. */
  private isRefused(change: () => void): boolean {
    try {
      change();
      return false;
    } catch (error) {
      expect([(error as { code?: unknown }).code, this.isDead, this.threads.isHanging]).toEqual(["EAGAIN", true, true]);
      this.steps.push("refused");
      return true;
    }
  }

  private afterTruncation(): void {
    this.leaderEpoch++;
    if (this.transactionOf !== undefined && this.log.producers.get(this.transactionOf) === undefined)
      this.transactionOf = undefined;
  }

  private deleteFromStart(): void {
    const { logStartOffset, highWatermark } = this.log;
    const offset = logStartOffset + this.random.integer(Math.max(1, (highWatermark - logStartOffset) >> 1));
    this.steps.push(`delete below ${offset}`);
    this.log.incrementLogStartOffset(offset);
    this.log.deleteSegmentsBelowLogStart();
    if (this.chance(2)) this.runtime.clock.advance(1_000);
    this.forget((at) => at < this.log.logStartOffset);
  }

  /** Some of the oldest segments are copied into one; what is returned puts that in their place, as the cleaner does. */
  private async clean(): Promise<(() => void) | undefined> {
    const group = this.log.segments.slice(0, -1).slice(0, 1 + this.random.integer(3));
    if (group.length === 0) return undefined;
    const { baseOffset } = group[0]!;
    const cleaned = new CleanedSegment(this.log, baseOffset, this.runtime);
    for (const segment of group) {
      const { transactions } = segment.abortedTransactions(0, this.log.logEndOffset);
      for (const transaction of transactions) cleaned.retain(transaction);
      const bytes = new Uint8Array(segment.sizeBytes);
      segment.file.read(bytes, 0);
      await cleaned.append(bytes);
    }
    await cleaned.finish(START_MS);
    return () => {
      this.steps.push(`clean ${group.length} segments at ${baseOffset}`);
      // On a disk that hangs until a kill it is never settled.
      const { log } = this;
      const isRefused = this.isRefused(() => {
        log.replaceSegments(group, baseOffset).catch((error: Error) => {
          // After a kill somebody else has renamed the directory.
          if (log === this.log) this.failures.push(error);
        });
      });
      if (isRefused) cleaned.remove();
    };
  }

  private renameDirectory(): void {
    const other = join(this.root, `orders-0.${this.written++}`);
    this.steps.push(`rename to ${other}`);
    this.log.renameDirectory(other);
  }

  /** What can be read is right; the rest is refused. */
  private readWhileItHangs(): void {
    for (const offset of [...this.records.keys()].slice(-3)) {
      const { errorCode, records } = this.log.read(offset, 1, {
        upToOffset: this.log.logEndOffset,
        minOneMessage: true,
      });
      if (errorCode === STORAGE_ERROR) continue;
      expect(errorCode).toBe(0);
      expect(records).not.toBeNull();
    }
  }

  private async goOn(): Promise<void> {
    this.steps.push("goes on");
    for (let rounds = 0; this.threads.isHanging && rounds < 1_000; rounds++) {
      this.threads.goOn(this.chance(3) ? this.random.integer(10) : Number.POSITIVE_INFINITY);
    }
    this.threads.callsLeft = Number.POSITIVE_INFINITY;
    await new Promise((resolve) => setImmediate(resolve));
    for (const failure of this.failures) throw failure;
    expect([this.threads.isHanging, this.log.isStalled]).toEqual([false, false]);
    expect(this.read()).toEqual(this.records);
    checkIndexes(this.log);
  }

  private async restart(): Promise<void> {
    const isClean = this.chance(2);
    this.steps.push(isClean ? "stop" : "kill");
    if (isClean) await settled(this.runtime, this.log.close());
    else this.log.closeHandlers();
    this.directory = this.log.directory;
    await this.load(isClean);
    expect(this.read()).toEqual(this.records);
    checkIndexes(this.log);
  }

  /** Nothing of what was postponed is made; only the call that hangs may have been. */
  private async kill(): Promise<void> {
    this.steps.push("killed while it hangs");
    this.killed.push(this.threads);
    this.log.closeHandlers();
    const names = createDiskFiles(() => undefined).list(this.root);
    this.directory = join(this.root, names[0]!.name);
    await this.load(false);
    const found = this.read();
    for (const [offset, text] of this.records) expect(found.get(offset)).toBe(text);
    expect([...found.keys()]).toEqual(
      Array.from({ length: found.size }, (_, index) => this.log.logEndOffset - found.size + index),
    );
    for (const [offset, text] of found) expect(this.everWritten.get(offset)?.has(text)).toBe(true);
    checkIndexes(this.log);
    this.forget(() => true);
    for (const [offset, text] of found) this.records.set(offset, text);
    this.transactionOf = undefined;
  }

  private async load(hadCleanShutdown: boolean): Promise<void> {
    const { logStartOffset, logEndOffset } = this.log;
    this.threads = this.newThreads();
    const recoveryPoint = hadCleanShutdown ? logEndOffset : 0;
    this.runtime = simulate();
    const options = { ...this.options(), hadCleanShutdown, logStartOffset, recoveryPoint };
    this.log = await settled(this.runtime, Log.load(options));
    this.log.files.watched!.limitReads();
    this.log.updateHighWatermark(this.log.logEndOffset);
  }

  private newThreads(): HangingThreads {
    const threads = new HangingThreads();
    threads.isDead = this.isDead;
    return threads;
  }

  private options(): LogOptions {
    const files = this.threads.createFiles().watch!(this.root, {
      stalled: () => {},
      answered: () => {},
      failed: (error) => void this.failures.push(error),
      unwatched: () => {},
    });
    const openFiles = new OpenFiles(this.maxOpenFiles, this.runtime.clock);
    return logOptions(this.runtime, {
      runtime: { ...this.runtime, files, openFiles },
      directory: this.directory,
      config: this.config,
      onFailure: (error) => this.failures.push(error),
    });
  }

  private read(): Map<number, string> {
    return new Map(
      readAll(this.log).map(({ offset, key, value }) => [
        offset,
        key === null ? String(value && new TextDecoder().decode(value)) : MARKER,
      ]),
    );
  }

  private forget(isGone: (offset: number) => boolean): void {
    for (const offset of [...this.records.keys()]) if (isGone(offset)) this.records.delete(offset);
  }

  private chance(below: number): boolean {
    return this.random.integer(below) === 0;
  }
}
