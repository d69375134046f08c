export interface WrittenRecord {
  readonly offset: number;
  /** In ms. */
  readonly timestamp: number;
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: readonly (readonly [string, string])[];
  /** Undefined for what was written outside of any. */
  readonly transaction: Transaction | undefined;
}

export type RecordContent = Omit<WrittenRecord, "offset" | "transaction">;

export interface Transaction {
  readonly firstOffset: number;
  outcome: "open" | "committed" | "aborted";
}

export type Isolation = "read_uncommitted" | "read_committed";

/** What partition 0 of a topic was given, and what of it a reader is to find. */
export class WrittenPartition {
  readonly topic: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly records: WrittenRecord[] = [];
  endOffset = 0;
  /** The lowest offset that was ever found to be the first. */
  startOffset = 0;
  readonly #open = new Set<Transaction>();

  constructor(topic: string, settings: Readonly<Record<string, string>>) {
    this.topic = topic;
    this.settings = settings;
  }

  get isCompacted(): boolean {
    return this.settings["cleanup.policy"] === "compact";
  }

  get lastStableOffset(): number {
    return Math.min(this.endOffset, ...[...this.#open].map(({ firstOffset }) => firstOffset));
  }

  begin(): Transaction {
    const transaction: Transaction = { firstOffset: this.endOffset, outcome: "open" };
    this.#open.add(transaction);
    return transaction;
  }

  /** The marker takes an offset of its own. */
  end(transaction: Transaction, outcome: "committed" | "aborted"): void {
    transaction.outcome = outcome;
    this.#open.delete(transaction);
    this.endOffset++;
  }

  add(contents: readonly RecordContent[], transaction: Transaction | undefined): void {
    for (const content of contents) this.records.push({ ...content, offset: this.endOffset++, transaction });
  }

  /** What a reader finds as long as nothing is deleted or compacted. */
  readable(isolation: Isolation): readonly WrittenRecord[] {
    if (isolation === "read_uncommitted") return this.records;
    const end = this.lastStableOffset;
    return this.records.filter(({ offset, transaction }) => offset < end && transaction?.outcome !== "aborted");
  }

  /** Of each key what was written last; without the deleted ones. */
  latest(): Map<string, string> {
    const latest = new Map<string, string>();
    for (const { key, value } of this.readable("read_committed")) {
      if (value === null) latest.delete(key!);
      else latest.set(key!, value);
    }
    return latest;
  }
}
