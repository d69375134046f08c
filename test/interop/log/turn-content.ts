import type { IdempotentProducer } from "./idempotent-producer.ts";
import type { Session } from "./session.ts";
import { type RecordContent, WrittenPartition } from "./written-partition.ts";

const codecs = ["none", "gzip", "snappy", "lz4", "zstd"] as const;

/** `segment.bytes` is a megabyte at least. */
const settings = { "internal.segment.bytes": "4096", "index.interval.bytes": "600", "retention.ms": "-1" };

/** What each turn adds to four partitions: several segments to each of them. */
export class TurnContent {
  readonly codecs = new WrittenPartition("codecs", settings);
  readonly transactions = new WrittenPartition("transactions", settings);
  readonly settings = new WrittenPartition("settings", {
    ...settings,
    "cleanup.policy": "compact",
    "min.cleanable.dirty.ratio": "0",
    "delete.retention.ms": "100",
  });
  readonly events = new WrittenPartition("events", { ...settings, "retention.bytes": "16384" });
  readonly partitions = [this.codecs, this.transactions, this.settings, this.events];
  /** Every id that was ever handed out. */
  readonly #producerIds = new Set<number>();
  /** Those that go on writing from turn to turn. */
  readonly #producers = new Map<string, IdempotentProducer>();
  /** Its transaction is begun in one turn and ended in the next. */
  #lasting: IdempotentProducer | undefined;
  #timestamp = Date.now();
  #round = 0;

  async expectFollowed(session: Session): Promise<void> {
    for (const producer of this.#producers.values()) await session.expectFollowed(producer);
    for (const partition of this.partitions) await session.expectOffsets(partition);
  }

  /** Does not finish the transaction that it begins last. */
  async write(session: Session): Promise<void> {
    const round = this.#round++;
    await this.#endLasting(session, round % 2 === 0 ? "committed" : "aborted");
    await this.#writeCodecs(session);
    await this.#writeTransactions(session);
    await this.#writeSettings(session, round);
    const events = await this.#producer(session, this.events, "events");
    for (const codec of codecs) await session.append(events, this.#records(12), codec);
    for (let count = 0; count < 3; count++) await session.append(events, this.#records(12), "none");
  }

  async #endLasting(session: Session, outcome: "committed" | "aborted"): Promise<void> {
    if (this.#lasting === undefined) return;
    await session.append(this.#lasting, this.#records(3), "gzip");
    await session.end(this.#lasting, outcome);
  }

  async #writeCodecs(session: Session): Promise<void> {
    const producer = await this.#producer(session, this.codecs, "codecs");
    for (const codec of [...codecs, ...codecs]) await session.append(producer, this.#records(15), codec);
  }

  /** Two transactions that are interleaved with each other, a batch outside of any, and one that stays open. */
  async #writeTransactions(session: Session): Promise<void> {
    const committing = await this.#producer(session, this.transactions, "committing");
    const aborting = await this.#producer(session, this.transactions, "aborting");
    const plain = await this.#producer(session, this.transactions, "plain");
    session.begin(committing);
    await session.append(committing, this.#records(6), "none");
    session.begin(aborting);
    await session.append(aborting, this.#records(6), "lz4");
    await session.append(plain, this.#records(6), "none");
    await session.append(committing, this.#records(9), "zstd");
    await session.append(aborting, this.#records(6), "none");
    await session.end(aborting, "aborted");
    await session.end(committing, "committed");
    this.#lasting ??= await this.#newProducer(session, this.transactions);
    session.begin(this.#lasting);
    await session.append(this.#lasting, this.#records(6), "snappy");
    await session.append(plain, this.#records(6), "none");
  }

  async #writeSettings(session: Session, round: number): Promise<void> {
    const producer = await this.#producer(session, this.settings, "settings");
    for (const [index, codec] of [...codecs, "none" as const, "none" as const].entries()) {
      await session.append(producer, this.#keyed(round + index), codec);
    }
    for (const outcome of ["aborted", "committed"] as const) {
      // Apache Kafka's cleaner may take what a producer writes behind an aborted transaction for aborted, too.
      const once = await this.#newProducer(session, this.settings);
      session.begin(once);
      await session.append(once, this.#keyed(round + 3).slice(0, 8), "none");
      await session.end(once, outcome);
    }
    await session.append(producer, this.#keyed(round + 5).slice(0, 5), "none");
  }

  async #producer(session: Session, partition: WrittenPartition, name: string): Promise<IdempotentProducer> {
    const known = this.#producers.get(name);
    if (known !== undefined) return known;
    const producer = await this.#newProducer(session, partition);
    this.#producers.set(name, producer);
    return producer;
  }

  async #newProducer(session: Session, partition: WrittenPartition): Promise<IdempotentProducer> {
    const producer = await session.createProducer(partition);
    if (this.#producerIds.has(producer.id)) throw new Error(`producer id ${producer.id} was given twice`);
    this.#producerIds.add(producer.id);
    return producer;
  }

  /** With and without a key, a value, headers. */
  #records(count: number): RecordContent[] {
    this.#timestamp += 1_000;
    return Array.from({ length: count }, (_, index) => ({
      timestamp: this.#timestamp + index * 7,
      key: index % 3 === 0 ? null : `key-${index}`,
      value: index % 5 === 4 ? null : index % 7 === 6 ? "" : `${this.#timestamp} ${index} `.padEnd(150, "content "),
      headers: Array.from(
        { length: index % 3 },
        (_, header) => [`h${header}`, header === 0 ? "" : `${index}`] as const,
      ),
    }));
  }

  #keyed(seed: number): RecordContent[] {
    return this.#records(20).map((record, index) => ({
      ...record,
      key: `key-${(seed * 13 + index * 3) % 50}`,
      value: (seed + index) % 7 === 0 ? null : `${record.timestamp} `.padEnd(80, "setting "),
    }));
  }
}
