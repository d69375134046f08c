import { readInt16, readInt64, writeInt64 } from "../record/big-endian.ts";
import { SegmentFile, type SegmentFileSystem } from "./segment-file.ts";

const ENTRY_SIZE = 34;
const ENTRIES_PER_READ = 240;
const VERSION = 0;

/** A transaction that ended with an ABORT marker in this segment, wherever it began. */
export interface AbortedTransaction {
  readonly producerId: number;
  readonly firstOffset: number;
  /** That of the marker. */
  readonly lastOffset: number;
  /** Right after the marker: everything below it was decided. */
  readonly lastStableOffset: number;
}

export interface AbortedTransactions {
  readonly transactions: readonly AbortedTransaction[];
  /** No later segment has any more of them. */
  readonly isComplete: boolean;
}

/**
 * The `.txnindex` of a segment: 34 bytes for each aborted transaction, in the order of their markers. There is no file
 * before the first one.
 */
export class TransactionIndex {
  readonly #system: SegmentFileSystem;
  readonly #file: SegmentFile;
  readonly #baseOffset: number;
  #entries = 0;
  #lastOffset = -1;
  #isUnsynced = false;

  constructor(system: SegmentFileSystem, path: string, baseOffset: number) {
    this.#system = system;
    this.#file = new SegmentFile(system, path, "create", false);
    this.#baseOffset = baseOffset;
  }

  get path(): string {
    return this.#file.path;
  }

  set path(path: string) {
    this.#file.path = path;
  }

  get entries(): number {
    return this.#entries;
  }

  /** Takes what is there, maybe nothing; false when it can't be right. */
  load(): boolean {
    const sizeBytes = this.#system.files.stat(this.path)?.sizeBytes ?? 0;
    this.#setEntries(0, -1);
    if (sizeBytes % ENTRY_SIZE !== 0) return false;
    try {
      for (const entry of this.#read(0, sizeBytes / ENTRY_SIZE)) {
        if (entry.lastOffset < this.#baseOffset || entry.lastOffset <= this.#lastOffset) return false;
        this.#setEntries(this.#entries + 1, entry.lastOffset);
      }
      return this.#entries === sizeBytes / ENTRY_SIZE;
    } finally {
      this.freeFile();
    }
  }

  append(transaction: AbortedTransaction): void {
    if (transaction.lastOffset <= this.#lastOffset) {
      throw new Error(`${this.path}: the marker at ${transaction.lastOffset} does not follow ${this.#lastOffset}`);
    }
    this.#file.file.write(encode(transaction), this.#entries * ENTRY_SIZE);
    this.#isUnsynced = true;
    this.#setEntries(this.#entries + 1, transaction.lastOffset);
  }

  /** Those that have records or their marker in `[fromOffset, toOffset)`. */
  collect(fromOffset: number, toOffset: number): AbortedTransactions {
    const transactions: AbortedTransaction[] = [];
    for (const entry of this.#read(this.#findFirst(fromOffset), this.#entries)) {
      if (entry.firstOffset < toOffset) transactions.push(entry);
      if (entry.lastStableOffset >= toOffset) return { transactions, isComplete: true };
    }
    return { transactions, isComplete: false };
  }

  /** Drops the transactions whose marker is at `offset` or above. */
  truncateTo(offset: number): void {
    const kept = this.#findFirst(offset);
    if (kept < this.#entries) this.#truncateToEntries(kept);
  }

  /** Opens the file, if there is one, and reads all of it that {@link truncateTo} does. */
  readForTruncation(offset: number): void {
    const kept = this.#findFirst(offset);
    if (kept < this.#entries && kept > 0) this.#entry(kept - 1);
  }

  /** Forgets everything, so that recovery can find it again. */
  reset(): void {
    this.#setEntries(0, -1);
    if (this.#system.files.stat(this.path) !== undefined) this.#truncateToEntries(0);
  }

  async sync(): Promise<void> {
    if (!this.#isUnsynced || this.#file.isClosed) return;
    this.#isUnsynced = false;
    await this.#file.file.sync();
  }

  /** It is opened again when it is needed. */
  freeFile(): void {
    this.#file.free();
  }

  /** For good: the file may be deleted now, and must not come back. */
  close(): void {
    this.#file.close();
  }

  #truncateToEntries(entries: number): void {
    this.#file.file.truncate(entries * ENTRY_SIZE);
    this.#isUnsynced = true;
    const last = entries === 0 ? undefined : this.#entry(entries - 1);
    this.#setEntries(entries, last?.lastOffset ?? -1);
  }

  /** The number of the first entry whose marker is at or above the offset. */
  #findFirst(offset: number): number {
    if (offset > this.#lastOffset) return this.#entries;
    let low = 0;
    let high = this.#entries;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#entry(middle).lastOffset < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #entry(n: number): AbortedTransaction {
    const [entry] = this.#read(n, n + 1);
    if (entry === undefined) throw new Error(`${this.path} is damaged at entry ${n}`);
    return entry;
  }

  /** Stops at an entry that is not whole or of another version. */
  *#read(start: number, end: number): Generator<AbortedTransaction> {
    for (let first = start; first < end; first += ENTRIES_PER_READ) {
      const bytes = new Uint8Array(Math.min(end - first, ENTRIES_PER_READ) * ENTRY_SIZE);
      const length = this.#file.file.read(bytes, first * ENTRY_SIZE);
      for (let position = 0; position + ENTRY_SIZE <= length; position += ENTRY_SIZE) {
        if (readInt16(bytes, position) !== VERSION) return;
        yield decode(bytes, position);
      }
    }
  }

  #setEntries(entries: number, lastOffset: number): void {
    this.#entries = entries;
    this.#lastOffset = lastOffset;
  }
}

function encode(transaction: AbortedTransaction): Uint8Array {
  const entry = new Uint8Array(ENTRY_SIZE);
  writeInt64(entry, 2, transaction.producerId);
  writeInt64(entry, 10, transaction.firstOffset);
  writeInt64(entry, 18, transaction.lastOffset);
  writeInt64(entry, 26, transaction.lastStableOffset);
  return entry;
}

function decode(bytes: Uint8Array, position: number): AbortedTransaction {
  return {
    producerId: readInt64(bytes, position + 2),
    firstOffset: readInt64(bytes, position + 10),
    lastOffset: readInt64(bytes, position + 18),
    lastStableOffset: readInt64(bytes, position + 26),
  };
}
