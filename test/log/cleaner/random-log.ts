import type { SeededRandom } from "../../../adapters/simulator/index.ts";
import type { Log } from "../../../src/log/log.ts";
import { type BuilderRuntime, buildBatch, type RecordInput } from "../../../src/record/batch-builder.ts";
import { buildEndTransactionMarker } from "../../../src/record/control-record.ts";
import * as RecordBatch from "../../../src/record/record-batch.ts";
import { START_MS } from "../log-fixture.ts";

const codecs = ["none", "gzip", "snappy", "lz4", "zstd"] as const;
const text = new TextEncoder();

export interface RandomLogOptions {
  readonly keys: number;
  readonly producers?: number;
  readonly recordsPerBatch?: number;
  /** Of all records. */
  readonly tombstonePercent?: number;
  readonly codecs?: readonly (typeof codecs)[number][];
  /** Or no time at all, or nanoseconds, which no number holds. */
  readonly timestamps?: "CreateTime" | "none" | "nanoseconds";
  /** Of the first records. */
  readonly startMs?: number;
}

/** A record as a reader of committed records should see it. */
export interface WrittenRecord {
  readonly offset: number;
  readonly key: string;
  /** Null for a tombstone. */
  readonly value: string | null;
}

interface Producer {
  readonly producerId: number;
  sequence: number;
  epoch: number;
  /** What its open transaction has written; undefined when none is open. */
  transaction: WrittenRecord[] | undefined;
}

/**
 * Writes a log as many producers would: keys again and again, deletes, all codecs, idempotent producers, transactions that
 * overlap, end either way and span segments. It remembers what is committed.
 */
export class RandomLogWriter {
  readonly committed: WrittenRecord[] = [];
  #log: Log;
  readonly #random: SeededRandom;
  readonly #runtime: BuilderRuntime;
  readonly #options: RandomLogOptions;
  readonly #producers: Producer[];
  #written = 0;
  #nowMs: number;

  constructor(log: Log, random: SeededRandom, runtime: BuilderRuntime, options: RandomLogOptions) {
    this.#log = log;
    this.#random = random;
    this.#runtime = runtime;
    this.#options = options;
    this.#nowMs = options.startMs ?? START_MS;
    this.#producers = Array.from({ length: options.producers ?? 4 }, (_, index) => ({
      producerId: 1000 + index,
      sequence: 0,
      epoch: 0,
      transaction: undefined,
    }));
  }

  /** The log was opened again, maybe much later. */
  continueIn(log: Log, nowMs = this.#nowMs): void {
    this.#log = log;
    this.#nowMs = nowMs;
  }

  /** Writes so many batches and markers, and commits them. */
  write(batches: number): void {
    for (let batch = 0; batch < batches; batch++) this.#step();
    this.#log.updateHighWatermark(this.#log.logEndOffset);
  }

  /** Ends every open transaction, so that nothing holds back the last stable offset. */
  endTransactions(): void {
    for (const producer of this.#producers) if (producer.transaction !== undefined) this.#end(producer);
    this.#log.updateHighWatermark(this.#log.logEndOffset);
  }

  #step(): void {
    const producer = this.#producers[this.#random.integer(Math.max(1, this.#producers.length))];
    const dice = this.#random.integer(100);
    if (producer === undefined || dice < 40) this.#append(undefined);
    else if (producer.transaction === undefined) this.#startOrSend(producer, dice);
    else if (dice < 60) this.#end(producer);
    else this.#append(producer);
  }

  #startOrSend(producer: Producer, dice: number): void {
    // Every other producer is idempotent only.
    if (producer.producerId % 2 === 0 && dice < 80) producer.transaction = [];
    // A transaction may end without a record on this partition.
    if (dice >= 95 && producer.transaction !== undefined) this.#end(producer);
    else this.#append(producer);
  }

  #append(producer: Producer | undefined): void {
    const count = 1 + this.#random.integer(this.#options.recordsPerBatch ?? 10);
    const keys = Array.from({ length: count }, () => `key-${this.#random.integer(this.#options.keys)}`);
    const values = keys.map(() => this.#value());
    this.#nowMs += this.#random.integer(500);
    const among = this.#options.codecs ?? codecs;
    const transactional = producer?.transaction !== undefined;
    const batch = buildBatch(
      {
        records: keys.map((key, index) => this.#record(key, values[index]!)),
        compression: among[this.#random.integer(among.length)]!,
        ...(producer && {
          producerId: producer.producerId,
          producerEpoch: producer.epoch,
          baseSequence: producer.sequence,
        }),
        transactional,
      },
      this.#runtime,
    );
    if (this.#options.timestamps === "nanoseconds") this.#countNanoseconds(batch);
    const info = this.#log.appendAsLeader(batch, { leaderEpoch: 1 + (this.#written >> 6), nowMs: this.#nowMs });
    if (info.errorCode !== 0) throw new Error(`${info.errorMessage}`);
    this.#written++;
    if (producer !== undefined) producer.sequence += count;
    const target = producer?.transaction ?? this.committed;
    for (const [index, key] of keys.entries()) {
      target.push({ offset: info.firstOffset + index, key, value: values[index]! });
    }
  }

  #countNanoseconds(batch: Uint8Array): void {
    const base = RecordBatch.exactBaseTimestamp(batch, 0);
    const later = base * 999_999n + BigInt(this.#written);
    RecordBatch.setExactBaseTimestamp(batch, 0, base + later);
    RecordBatch.setExactMaxTimestamp(batch, 0, RecordBatch.exactMaxTimestamp(batch, 0) + later);
    RecordBatch.writeChecksum(batch, 0, this.#runtime.checksums);
  }

  #value(): string | null {
    if (this.#random.integer(100) < (this.#options.tombstonePercent ?? 15)) return null;
    return `value ${this.#written} `.padEnd(10 + this.#random.integer(120), "x");
  }

  #record(key: string, value: string | null): RecordInput {
    const timestamp = this.#options.timestamps === "none" ? -1 : this.#nowMs - this.#random.integer(1000);
    const headers = this.#random.integer(4) === 0 ? [{ key: "trace", value: text.encode(`${this.#written}`) }] : [];
    return { timestamp, key: text.encode(key), value: value === null ? null : text.encode(value), headers };
  }

  #end(producer: Producer): void {
    const commit = this.#random.integer(2) === 0;
    // Since transaction.version 2 every marker has a new epoch (KIP-890).
    if (this.#random.integer(2) === 0) {
      producer.epoch++;
      producer.sequence = 0;
    }
    const { producerId, epoch: producerEpoch, transaction = [] } = producer;
    const marker = { producerId, producerEpoch, coordinatorEpoch: 3, commit, timestamp: this.#nowMs };
    const bytes = buildEndTransactionMarker(marker, this.#runtime);
    const info = this.#log.appendAsLeader(bytes, { leaderEpoch: 1, nowMs: this.#nowMs, origin: "coordinator" });
    if (info.errorCode !== 0) throw new Error(`${info.errorMessage}`);
    if (commit) this.committed.push(...transaction);
    producer.transaction = undefined;
  }
}
