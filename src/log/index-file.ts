import { SegmentFile, type SegmentFileSystem } from "./segment-file.ts";

/** New entries wait here for a write of many; a look-up sees them all the same. */
const BUFFERED_ENTRIES = 128;

/** Of neighbouring entries a search reads so much at once: a call for each costs more. */
const BLOCK_BYTES = 4_096;

/** A search ends within the turn that it began in: one block serves all. */
const block = new Uint8Array(BLOCK_BYTES);

/**
 * A file of entries of one size, in ascending order. That of the active segment has its full size from the first entry on, as
 * Kafka maps it into memory: the rest is zeros, and is cut off when the segment is closed. No handle is kept open until
 * the file is needed.
 *
 * Entries are written late: after a kill the index is rebuilt from the log anyway.
 */
export abstract class IndexFile {
  readonly baseOffset: number;
  readonly #system: SegmentFileSystem;
  readonly #file: SegmentFile;
  readonly #entrySize: number;
  #maxEntries: number;
  #entries = 0;
  /** Entries from this one on are only in the buffer. */
  #writtenEntries = 0;
  #buffer: Uint8Array | undefined = undefined;
  #unsynced = false;
  /** Before the next entry is written. */
  #isToBeCleared = false;
  #isToBePreallocated = false;
  /** Of the file, preallocated entries among them; undefined when not known. */
  #fileEntries: number | undefined = undefined;

  constructor(system: SegmentFileSystem, path: string, baseOffset: number, entrySize: number, maxSizeBytes: number) {
    this.#system = system;
    this.#file = new SegmentFile(system, path, "create", false);
    this.baseOffset = baseOffset;
    this.#entrySize = entrySize;
    this.#maxEntries = Math.floor(maxSizeBytes / entrySize);
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

  get maxEntries(): number {
    return this.#maxEntries;
  }

  get isFull(): boolean {
    return this.#entries >= this.#maxEntries;
  }

  /** Bytes in use, whatever the file's size is. */
  get sizeBytes(): number {
    return this.#entries * this.#entrySize;
  }

  /** Makes the file anew, without entries. There is nothing in it to be synced before the first one. */
  create(): void {
    this.clear();
    this.#unsynced = false;
    this.#isToBePreallocated = true;
    this.freeFile();
  }

  /** Drops all entries, and makes the file if it is not there. */
  clear(): void {
    this.clearLater();
    this.#truncate(0);
  }

  /** As {@link clear}, but the file stays as it is, worthless, until something is written to it. */
  clearLater(): void {
    this.#setEntries(0);
    this.#isToBeCleared = true;
    this.#fileEntries = undefined;
    this.loaded();
  }

  /** Finds the entries of an existing file; answers false when the file is missing or can't be an index. */
  load(): boolean {
    const stat = this.#system.files.stat(this.path);
    if (stat === undefined || stat.sizeBytes % this.#entrySize !== 0) return false;
    this.#fileEntries = stat.sizeBytes / this.#entrySize;
    try {
      this.#setEntries(this.#findLogicalEnd(stat.sizeBytes / this.#entrySize));
      return this.loaded();
    } finally {
      this.freeFile();
    }
  }

  /** Gives the file the size it has while its segment is the active one. */
  preallocate(): void {
    this.#writeOut();
    this.#isToBePreallocated = false;
    this.#truncate(Math.max(this.#maxEntries, this.#entries));
  }

  /** As {@link preallocate}, once there is an entry to be written: most logs are idle. */
  preallocateLater(maxSizeBytes: number): void {
    this.#maxEntries = Math.floor(maxSizeBytes / this.#entrySize);
    this.#isToBePreallocated = true;
  }

  /** Cuts off what is preallocated. */
  trim(): void {
    this.#isToBePreallocated = false;
    this.#writeOut();
    if (this.#fileEntries !== this.#entries) this.#truncate(this.#entries);
  }

  /** Drops the entries from `entries` on; what follows them is zeros again. */
  truncateToEntries(entries: number): void {
    this.#writeOut();
    this.#truncate(entries);
    this.#setEntries(entries);
    this.preallocate();
    this.loaded();
  }

  /** Opens the file, and reads all of it that dropping the entries of `offset` and above needs. */
  readForTruncation(offset: number): void {
    const entry = new Uint8Array(this.#entrySize);
    const { file } = this.#file;
    for (const n of [0, this.entriesBelow(offset) - 1]) if (n >= 0) file.read(entry, n * this.#entrySize);
  }

  async sync(): Promise<void> {
    if (!this.#unsynced || this.#file.isClosed) return;
    this.#writeOut();
    this.#unsynced = false;
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

  /** How many are of offsets below it. */
  protected abstract entriesBelow(offset: number): number;

  /** The subclass reads its last entry; false when that can't be right. */
  protected abstract loaded(): boolean;

  /** Whether the entry is the zeros of a preallocated file. */
  protected abstract isZero(bytes: Uint8Array): boolean;

  /** Where the next entry is to be written, in bytes that {@link appended} then takes. */
  protected appending(): Uint8Array {
    this.#buffer ??= new Uint8Array(BUFFERED_ENTRIES * this.#entrySize);
    if (this.#entries - this.#writtenEntries === BUFFERED_ENTRIES) this.#writeOut();
    const position = (this.#entries - this.#writtenEntries) * this.#entrySize;
    return this.#buffer.subarray(position, position + this.#entrySize);
  }

  protected appended(): void {
    this.#entries++;
    this.#unsynced = true;
  }

  /** The bytes of entry `n`, and of those after it for which `target` has room. */
  protected readEntries(n: number, target: Uint8Array): void {
    const written = Math.max(0, Math.min(target.length, (this.#writtenEntries - n) * this.#entrySize));
    if (written > 0) this.#file.file.read(target.subarray(0, written), n * this.#entrySize);
    if (written === target.length) return;
    const position = (n - this.#writtenEntries) * this.#entrySize + written;
    target.set(this.#buffer!.subarray(position, position + target.length - written), written);
  }

  /** The last of the entries for which `isAtMost` holds, which it does for all before that one; -1 when for none. */
  protected findLast(isAtMost: (entry: Uint8Array) => boolean): number {
    const size = this.#entrySize;
    let low = -1;
    let high = this.#entries - 1;
    const entry = new Uint8Array(size);
    while ((high - low) * size > BLOCK_BYTES) {
      const middle = (low + high + 1) >> 1;
      this.readEntries(middle, entry);
      if (isAtMost(entry)) low = middle;
      else high = middle - 1;
    }
    const first = low + 1;
    this.readEntries(first, block.subarray(0, (high - low) * size));
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      const position = (middle - first) * size;
      if (isAtMost(block.subarray(position, position + size))) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #setEntries(entries: number): void {
    this.#entries = entries;
    this.#writtenEntries = entries;
  }

  /**
   * Zeros are at the end only: entries ascend, and no entry but possibly the first is zeros. The only one of a file is one, whatever
   * it is: nothing is preallocated there.
   */
  #findLogicalEnd(entries: number): number {
    this.#setEntries(entries);
    if (entries <= 1) return entries;
    const last = new Uint8Array(this.#entrySize);
    this.readEntries(entries - 1, last);
    return this.isZero(last) ? this.findLast((entry) => !this.isZero(entry)) + 1 : entries;
  }

  #writeOut(): void {
    const count = this.#entries - this.#writtenEntries;
    if (count === 0) return;
    if (this.#isToBePreallocated) {
      this.#isToBePreallocated = false;
      this.#truncate(Math.max(this.#maxEntries, this.#entries));
    } else if (this.#isToBeCleared) this.#truncate(0);
    this.#file.file.write(this.#buffer!.subarray(0, count * this.#entrySize), this.#writtenEntries * this.#entrySize);
    this.#writtenEntries = this.#entries;
    this.#fileEntries = Math.max(this.#fileEntries ?? 0, this.#entries);
  }

  #truncate(entries: number): void {
    if (this.#isToBeCleared && entries > 0) this.#file.file.truncate(0);
    this.#isToBeCleared = false;
    this.#file.file.truncate(entries * this.#entrySize);
    this.#fileEntries = entries;
    this.#unsynced = true;
  }
}
