import { expect } from "vitest";
import {
  createMemoryFiles,
  type MemoryFiles,
  SeededRandom,
  type SimulatedRuntime,
} from "../../adapters/simulator/index.ts";
import { Log, type LogOptions, type LogRuntime } from "../../src/log/log.ts";
import type { LogConfig } from "../../src/log/log-config.ts";
import { OpenFiles } from "../../src/log/open-files.ts";
import { isSystemError } from "../../src/log/storage-guard.ts";
import { buildEndTransactionMarker } from "../../src/record/control-record.ts";
import { decodeRecords } from "../../src/record/record.ts";
import * as RecordBatch from "../../src/record/record-batch.ts";
import { checkAnswers } from "./answer-checks.ts";
import { checkIndexes, expectSame } from "./index-checks.ts";
import { batch, logConfig, logOptions, START_MS, settled, simulate, values } from "./log-fixture.ts";
import { StallingFiles } from "./stalling-files.ts";

interface Producer {
  epoch: number;
  nextSequence: number;
  isInTransaction: boolean;
}

const PRODUCER_IDS = [101, 102, 103] as const;
const MARKER = "marker";
const STORAGE_ERROR = 56;
const CHANGES: ReadonlySet<string> = new Set(["open", "write", "truncate", "rename", "sync", "syncDirectory"]);

/**
 * One history of a log, drawn from a seed: written to, rolled, flushed, truncated, deleted from the start, stopped, killed,
 * cut from its power, and let down by its disk, or kept waiting. The model is a list of what was acknowledged. After a stop, a kill and an
 * error of the disk all of it is there; after a power cut, all that the recovery point has vouched for, and nothing that
 * nobody wrote.
 */
export class LogHistory {
  readonly steps: string[] = [];
  readonly #random: SeededRandom;
  readonly #config: LogConfig;
  readonly #files: MemoryFiles = createMemoryFiles();
  readonly #disk = new StallingFiles(this.#files);
  readonly #maxOpenFiles: number;
  #runtime: SimulatedRuntime;
  #log: Log;
  /** By offset. */
  #records = new Map<number, string>();
  /** Where batches start: that is where logs of leaders part. */
  #batchOffsets: number[] = [];
  readonly #everWritten = new Map<number, Set<string>>();
  #checkpoint = { recoveryPoint: 0, logStartOffset: 0 };
  readonly #producers = new Map<number, Producer>();
  #written = 0;
  #leaderEpoch = 0;

  constructor(seed: number) {
    const random = new SeededRandom(seed);
    this.#random = random;
    this.#maxOpenFiles = 1 + (seed % 8);
    this.#config = logConfig({
      "segment.bytes": 800 + random.integer(4_000),
      "segment.index.bytes": 12 * (2 + random.integer(40)),
      "index.interval.bytes": random.integer(800),
      "segment.ms": 2_000 + random.integer(100_000),
      "retention.bytes": random.integer(2) === 0 ? -1 : random.integer(12_000),
      "retention.ms": -1,
      "file.delete.delay.ms": 1_000,
      "flush.messages": random.integer(3) === 0 ? 1 + random.integer(20) : Number.MAX_SAFE_INTEGER,
    });
    this.#runtime = simulate(this.#files);
    this.#files.makeDirectory("/data");
    this.#log = Log.create(this.#options());
  }

  async run(stepCount: number): Promise<void> {
    await this.#files.syncDirectory("/");
    for (let step = 0; step < stepCount; step++) await this.#step();
    this.#log.closeHandlers();
  }

  async #step(): Promise<void> {
    const chance = this.#random.integer(100);
    if (chance < 50) this.#append();
    else if (chance < 60) this.#endTransaction();
    else if (chance < 68) await this.#flush();
    else if (chance < 74) this.#roll();
    else if (chance < 80) await this.#truncate();
    else if (chance < 85) this.#deleteFromStart();
    else if (chance < 90) await this.#stop();
    else if (chance < 94) await this.#kill();
    else if (chance < 96) await this.#failDisk();
    else if (chance < 98) await this.#stallDisk();
    else await this.#cutPower();
    if (this.#random.integer(4) === 0) checkAnswers(this.#log, this.#random);
    // Flushes in the background may go on.
    if (this.#random.integer(3) === 0) await settled(this.#runtime, Promise.resolve());
  }

  #append(): void {
    const integer = (below: number) => this.#random.integer(below);
    const count = 1 + integer(4);
    const texts = Array.from({ length: count }, () => `${this.#written++}-`.padEnd(integer(150), "."));
    const timestamp = START_MS + this.#written * 100 - integer(integer(5) === 0 ? 30_000 : 50);
    const input = { timestamp, ...this.#drawProducer(count) };
    this.steps.push(`append ${count} at ${this.#log.logEndOffset} ${JSON.stringify(input)}`);
    const firstOffset = this.#log.logEndOffset;
    const info = this.#log.appendAsLeader(batch(texts, input), { leaderEpoch: this.#leaderEpoch, nowMs: timestamp });
    expect(info).toMatchObject({ errorCode: 0, duplicate: false, firstOffset });
    this.#batchOffsets.push(firstOffset);
    for (const [index, text] of texts.entries()) this.#wrote(info.firstOffset + index, text);
    this.#log.updateHighWatermark(this.#log.logEndOffset);
  }

  #endTransaction(): void {
    const open = [...this.#producers].find(([, { isInTransaction }]) => isInTransaction);
    if (open === undefined) return;
    const [producerId, producer] = open;
    const commit = this.#random.integer(2) === 0;
    producer.epoch++;
    producer.nextSequence = 0;
    producer.isInTransaction = false;
    this.steps.push(`end ${producerId} ${commit ? "commit" : "abort"} at ${this.#log.logEndOffset}`);
    const timestamp = START_MS + this.#written * 100;
    const marker = { producerId, producerEpoch: producer.epoch, coordinatorEpoch: 0, commit, timestamp };
    const info = this.#log.appendAsLeader(buildEndTransactionMarker(marker, this.#runtime), {
      leaderEpoch: this.#leaderEpoch,
      nowMs: timestamp,
      origin: "coordinator",
      transactionVersion: 2,
    });
    expect(info.errorCode).toBe(0);
    this.#batchOffsets.push(info.firstOffset);
    this.#wrote(info.firstOffset, MARKER);
    this.#log.updateHighWatermark(this.#log.logEndOffset);
  }

  async #flush(): Promise<void> {
    this.steps.push("flush");
    const endOffset = this.#log.logEndOffset;
    await settled(this.#runtime, this.#log.flush());
    expect(this.#log.recoveryPoint).toBe(endOffset);
    this.#writeCheckpoint();
  }

  #writeCheckpoint(): void {
    const { recoveryPoint, logStartOffset } = this.#log;
    this.#checkpoint = { recoveryPoint, logStartOffset };
  }

  #roll(): void {
    this.steps.push("roll");
    this.#log.roll();
  }

  /** As a follower does, of a leader with another history, and in its epoch: it waits for the disk before it goes on. */
  async #truncate(): Promise<void> {
    const { logStartOffset, logEndOffset } = this.#log;
    const newest = this.#batchOffsets.filter((offset) => offset >= logStartOffset && offset < logEndOffset).slice(-15);
    if (newest.length === 0) return;
    const offset = newest[this.#random.integer(newest.length)]!;
    this.steps.push(`truncate to ${offset} from ${logEndOffset}`);
    this.#log.truncateTo(offset);
    this.#writeCheckpoint();
    for (const at of [...this.#records.keys()]) if (at >= offset) this.#records.delete(at);
    this.#batchOffsets = this.#batchOffsets.filter((start) => start < offset);
    this.#leaderEpoch++;
    this.#learnProducers();
    if (this.#random.integer(4) === 0) await this.#cutPower();
    else await settled(this.#runtime, this.#log.truncationWritten);
  }

  #deleteFromStart(): void {
    const { logStartOffset, highWatermark } = this.#log;
    const offset = logStartOffset + this.#random.integer(Math.max(1, (highWatermark - logStartOffset) >> 1));
    this.steps.push(`delete below ${offset}`);
    this.#log.incrementLogStartOffset(offset);
    if (this.#random.integer(2) === 0) this.#log.deleteOldSegments(this.#runtime.clock.now());
    if (this.#random.integer(2) === 0) this.#runtime.clock.advance(1_000);
    for (const at of [...this.#records.keys()]) if (at < this.#log.logStartOffset) this.#records.delete(at);
  }

  async #stop(): Promise<void> {
    this.steps.push("stop");
    await settled(this.#runtime, this.#log.close());
    const { logStartOffset, logEndOffset } = this.#log;
    if (this.#random.integer(3) === 0) this.#files.crash(this.#random);
    await this.#load(true, { recoveryPoint: logEndOffset, logStartOffset });
    this.#verifyAll();
  }

  async #kill(): Promise<void> {
    this.steps.push("kill");
    this.#log.closeHandlers();
    const { recoveryPoint } = this.#checkpoint;
    await this.#load(false, { recoveryPoint, logStartOffset: this.#log.logStartOffset });
    this.#verifyAll();
  }

  /** From some call on the disk is full, or broken: the log goes out of use, and is opened again when that is repaired. */
  async #failDisk(): Promise<void> {
    const code = this.#random.integer(2) === 0 ? "ENOSPC" : "EIO";
    let callsLeft = this.#random.integer(12);
    this.steps.push(`${code} after ${callsLeft} calls`);
    this.#disk.fault = (call) => (CHANGES.has(call) && callsLeft-- <= 0 ? code : undefined);
    for (let count = 0; count < 8 && this.#log.failure === undefined; count++) await this.#tryToWrite();
    this.#log.closeHandlers();
    this.#disk.fault = () => undefined;
    await this.#reload();
  }

  /** What was refused may be there all the same. */
  async #reload(): Promise<void> {
    await this.#load(false, { ...this.#checkpoint, logStartOffset: this.#log.logStartOffset });
    const found = this.#read();
    for (const [offset, text] of this.#records) expectSame(found.get(offset), text, "offset", offset);
    this.#expectWritten(found);
    this.#records = found;
    checkIndexes(this.#log);
    this.#learnProducers();
  }

  /** Appends are refused while it hangs, and the first of them is written in the end, or half of it; unless a kill comes before. */
  async #stallDisk(): Promise<void> {
    const log = this.#log;
    const { logEndOffset } = log;
    const isKilled = this.#random.integer(3) === 0;
    this.steps.push(`stalled at ${logEndOffset}${isKilled ? ", killed" : ""}`);
    this.#disk.hang();
    const { active, position } = { active: log.segments.at(-1)!, position: log.segments.at(-1)!.sizeBytes };
    for (let count = 0; count <= this.#random.integer(3); count++) {
      const text = `${this.#written++}-`.padEnd(this.#random.integer(300), ".");
      const timestamp = START_MS + this.#written * 100;
      const records = batch([text], { timestamp });
      const info = log.appendAsLeader(records, { leaderEpoch: this.#leaderEpoch, nowMs: timestamp });
      expect(info.errorCode).toBe(STORAGE_ERROR);
      // A batch that needed a segment of its own was not written at all, and the next one may have been.
      if (this.#files.stat(active.path)!.sizeBytes === position || count > 0) continue;
      this.#everWritten.set(logEndOffset, (this.#everWritten.get(logEndOffset) ?? new Set()).add(text));
      if (this.#random.integer(2) === 0) this.#files.open(active.path, "write").write(records, position);
    }
    expect([log.failure, log.logEndOffset, ...this.#disk.held]).toEqual([undefined, logEndOffset]);
    if (isKilled) log.closeHandlers();
    this.#disk.goOn();
    if (isKilled) await this.#reload();
    else await settled(this.#runtime, Promise.resolve());
  }

  async #tryToWrite(): Promise<void> {
    const log = this.#log;
    const text = `${this.#written++}-`.padEnd(this.#random.integer(300), ".");
    const timestamp = START_MS + this.#written * 100;
    const offset = log.logEndOffset;
    this.#everWritten.set(offset, (this.#everWritten.get(offset) ?? new Set()).add(text));
    const info = log.appendAsLeader(batch([text], { timestamp }), { leaderEpoch: this.#leaderEpoch, nowMs: timestamp });
    if (info.errorCode !== 0) return void expect(info.errorCode).toBe(STORAGE_ERROR);
    expect(info.firstOffset).toBe(offset);
    this.#records.set(offset, text);
    log.updateHighWatermark(log.logEndOffset);
    if (this.#random.integer(3) > 0) return;
    try {
      await settled(this.#runtime, log.flush());
    } catch (error) {
      if (!isSystemError(error)) throw error;
    }
  }

  async #cutPower(): Promise<void> {
    const { recoveryPoint } = this.#log;
    this.steps.push(`power cut, recovery point ${recoveryPoint}, ${JSON.stringify(this.#checkpoint)}`);
    this.#log.closeHandlers();
    this.#files.crash(this.#random);
    await this.#load(false, this.#checkpoint);
    const log = this.#log;
    expect(log.logEndOffset).toBeGreaterThanOrEqual(recoveryPoint);
    const found = this.#read();
    for (const [offset, text] of this.#records) {
      if (offset < recoveryPoint) expectSame(found.get(offset), text, "offset", offset);
    }
    this.#expectWritten(found);
    this.#records = found;
    checkIndexes(log);
    this.#learnProducers();
  }

  async #load(hadCleanShutdown: boolean, checkpoint: { recoveryPoint: number; logStartOffset: number }): Promise<void> {
    this.#runtime = simulate(this.#files);
    const options = this.#options({ hadCleanShutdown, ...checkpoint });
    this.#log = await settled(this.#runtime, Log.load(options));
    this.#log.updateHighWatermark(this.#log.logEndOffset);
  }

  #options(over: Partial<LogOptions> = {}): LogOptions {
    const openFiles = new OpenFiles(this.#maxOpenFiles, this.#runtime.clock);
    const runtime: LogRuntime = { ...this.#runtime, files: this.#disk, openFiles };
    return logOptions(this.#runtime, { runtime, config: this.#config, ...over });
  }

  #verifyAll(): void {
    expect(this.#read()).toEqual(this.#records);
    for (const [producerId, producer] of this.#producers) {
      const entry = this.#log.producers.get(producerId);
      // With the segment of its last batch a producer may be forgotten.
      if (entry === undefined && this.#log.segments[0]!.baseOffset > 0) {
        this.#producers.delete(producerId);
        continue;
      }
      expect(entry?.producerEpoch).toBe(producer.epoch);
      expect(entry?.lastSequence).toBe(producer.nextSequence - 1);
      expect((entry?.currentTransactionFirstOffset ?? -1) >= 0).toBe(producer.isInTransaction);
    }
    checkIndexes(this.#log);
  }

  /** Every record, by offset. */
  #read(): Map<number, string> {
    const found = new Map<number, string>();
    this.#batchOffsets = [];
    for (const segment of this.#log.segments) {
      const scanner = segment.scan(0);
      for (let more = scanner !== undefined; more; more = scanner!.next()) {
        const bytes = scanner!.readBatch();
        const firstOffset = RecordBatch.baseOffset(bytes, 0);
        this.#batchOffsets.push(firstOffset);
        // What a lost checkpoint brings back, the epochs have been cut off from.
        if (
          firstOffset >= Math.max(this.#log.logStartOffset, this.#log.epochEntries[0]?.startOffset ?? Number.MAX_VALUE)
        ) {
          const epoch = RecordBatch.partitionLeaderEpoch(bytes, 0);
          expectSame(this.#log.epochForOffset(firstOffset), epoch, "epoch at", firstOffset);
        }
        const records = decodeRecords(bytes, 0, this.#runtime.compression);
        const texts = RecordBatch.isControlBatch(bytes, 0) ? records.map(() => MARKER) : values(records);
        for (const [index, { offset }] of records.entries()) {
          expectSame(found.has(offset), false, "found before: offset", offset);
          if (offset >= this.#log.logStartOffset) found.set(offset, texts[index]!);
        }
      }
    }
    for (const offset of found.keys()) this.#expectReadable(offset);
    return found;
  }

  /** What is found may be what was cut off, or not acknowledged, but nothing else. */
  #expectWritten(found: ReadonlyMap<number, string>): void {
    for (const [offset, text] of found) {
      expectSame(this.#everWritten.get(offset)?.has(text), true, `"${text}" was written at`, offset);
    }
  }

  #expectReadable(offset: number): void {
    const { records } = this.#log.read(offset, 1, { upToOffset: this.#log.logEndOffset, minOneMessage: true });
    const header = new Uint8Array(RecordBatch.RECORD_BATCH_OVERHEAD);
    records!.file.read(header, records!.position);
    const isIn = RecordBatch.baseOffset(header, 0) <= offset && offset <= RecordBatch.lastOffset(header, 0);
    expectSame(isIn, true, "read at its offset:", offset);
  }

  #wrote(offset: number, text: string): void {
    this.#records.set(offset, text);
    const ever = this.#everWritten.get(offset) ?? new Set();
    this.#everWritten.set(offset, ever.add(text));
  }

  /** As a client does after an error: what the log knows is what counts. */
  #learnProducers(): void {
    for (const producerId of PRODUCER_IDS) {
      const entry = this.#log.producers.get(producerId);
      if (entry === undefined) this.#producers.delete(producerId);
      else {
        this.#producers.set(producerId, {
          epoch: entry.producerEpoch,
          nextSequence: entry.lastSequence + 1,
          isInTransaction: entry.currentTransactionFirstOffset >= 0,
        });
      }
    }
  }

  #drawProducer(count: number) {
    const producerId = [-1, ...PRODUCER_IDS][this.#random.integer(4)]!;
    if (producerId < 0) return {};
    const producer = this.#producers.get(producerId) ?? {
      epoch: 0,
      nextSequence: 0,
      isInTransaction: false,
      lastOffset: 0,
    };
    this.#producers.set(producerId, producer);
    const { epoch, nextSequence } = producer;
    producer.nextSequence += count;
    if (!producer.isInTransaction) producer.isInTransaction = this.#random.integer(2) === 0;
    return { producerId, producerEpoch: epoch, baseSequence: nextSequence, transactional: producer.isInTransaction };
  }
}
