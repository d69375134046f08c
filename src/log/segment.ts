import * as RecordBatch from "../record/record-batch.ts";
import type { File } from "../runtime.ts";
import { BatchScanner, WINDOW_BYTES } from "./batch-scanner.ts";
import { LOG_SUFFIX, offsetFileName, TRANSACTION_INDEX_SUFFIX } from "./file-names.ts";
import type { LogConfig } from "./log-config.ts";
import type { OffsetIndex } from "./offset-index.ts";
import { RecentBatches } from "./recent-batches.ts";
import { SegmentFile, type SegmentFileSystem } from "./segment-file.ts";
import { SegmentIndexes, type SegmentToIndex } from "./segment-indexes.ts";
import type { TimeIndex, TimestampOffset } from "./time-index.ts";
import { type AbortedTransactions, TransactionIndex } from "./transaction-index.ts";

/** To read the headers of so little costs less than to open an index. */
const SCANNED_BYTES = 8 * WINDOW_BYTES;

export interface RollParameters {
  readonly nowMs: number;
  readonly sizeBytes: number;
  readonly maxTimestamp: number;
  readonly lastOffset: number;
}

/** A stretch of the log: one file of batches and its indexes, named after the first offset it may hold. */
export class Segment implements SegmentToIndex {
  readonly baseOffset: number;
  readonly transactionIndex: TransactionIndex;
  readonly #system: SegmentFileSystem;
  readonly #file: SegmentFile;
  readonly #indexes: SegmentIndexes;
  #onReindexed: (segment: Segment) => void = () => {};
  #indexIntervalBytes: number;
  #createdMs: number;
  /** Undefined until it is asked for: most segments are idle. */
  #sizeBytes: number | undefined = 0;
  /** The largest timestamp of the first batch: what `segment.ms` counts from. */
  #firstTimestamp: number | undefined = undefined;
  #maxTimestamp: TimestampOffset | undefined = undefined;
  #bytesSinceLastIndexEntry = 0;
  #recent: RecentBatches | undefined = undefined;
  #unsynced = false;
  #syncing: Promise<void> = Promise.resolve();

  private constructor(
    system: SegmentFileSystem,
    directory: string,
    baseOffset: number,
    config: LogConfig,
    createdMs: number,
    extraSuffix = "",
  ) {
    const path = (suffix: string) => `${directory}/${offsetFileName(baseOffset, suffix)}${extraSuffix}`;
    this.#system = system;
    this.baseOffset = baseOffset;
    this.#file = new SegmentFile(system, path(LOG_SUFFIX), "write", true);
    this.#indexes = new SegmentIndexes(system, path, baseOffset, config["segment.index.bytes"]);
    this.transactionIndex = new TransactionIndex(system, path(TRANSACTION_INDEX_SUFFIX), baseOffset);
    this.#indexIntervalBytes = config["index.interval.bytes"];
    this.#createdMs = createdMs;
  }

  /** A new, empty, active segment; `extraSuffix` keeps its files apart from those of the log. */
  static create(
    system: SegmentFileSystem,
    directory: string,
    baseOffset: number,
    config: LogConfig,
    nowMs: number,
    extraSuffix = "",
  ): Segment {
    const segment = new Segment(system, directory, baseOffset, config, nowMs, extraSuffix);
    const file = system.files.open(segment.path, "create");
    file.truncate(0);
    // It is opened again when there is something to write: many logs never get that far.
    file.close();
    segment.#indexes.create();
    system.files.remove(segment.transactionIndex.path);
    segment.#unsynced = true;
    return segment;
  }

  /**
   * An existing segment whose index files are there. When they can't be right they are built anew, as soon as somebody needs
   * them, and `onReindexed` is told.
   */
  static open(
    system: SegmentFileSystem,
    directory: string,
    baseOffset: number,
    config: LogConfig,
    nowMs: number,
    onReindexed: (segment: Segment) => void,
    extraSuffix = "",
  ): Segment {
    const segment = new Segment(system, directory, baseOffset, config, nowMs, extraSuffix);
    segment.#sizeBytes = undefined;
    segment.#indexes.settleLater(segment);
    segment.#onReindexed = onReindexed;
    return segment;
  }

  /** Of the batches; the file may be longer after a write that failed. */
  get sizeBytes(): number {
    this.#sizeBytes ??= this.#system.files.stat(this.path)?.sizeBytes ?? 0;
    return this.#sizeBytes;
  }

  get offsetIndex(): OffsetIndex {
    return this.#indexes.offsets;
  }

  get timeIndex(): TimeIndex {
    return this.#indexes.times;
  }

  /** Nothing has to be opened or made good before a write to it. */
  get isOpen(): boolean {
    return this.#file.isOpen && this.#indexes.isSettled;
  }

  get path(): string {
    return this.#file.path;
  }

  set path(path: string) {
    this.#file.path = path;
  }

  /** Not to be kept beyond the turn, unless it is retained. Throws when the segment is closed: another one may have the path by now. */
  get file(): File {
    return this.#file.file;
  }

  /** With the last offset of the batch that has it; a timestamp of -1 when there is none. */
  get maxTimestamp(): TimestampOffset {
    this.#maxTimestamp ??= this.timeIndex.lastEntry();
    return this.#maxTimestamp;
  }

  /** By the records' clock, or when none has a timestamp, by that of the disk. */
  get largestTimestamp(): number {
    const { timestamp } = this.maxTimestamp;
    return timestamp >= 0 ? timestamp : this.modifiedMs;
  }

  /** When the file was last written to; the cleaner hands it on. */
  get modifiedMs(): number {
    return this.#system.files.stat(this.path)?.modifiedMs ?? 0;
  }

  /** The largest of the first batch; -1 when there is none. */
  get firstBatchTimestamp(): number {
    return this.#loadFirstTimestamp();
  }

  /** The log's directory has been renamed; files that are open stay open. */
  directoryRenamed(directory: string): void {
    for (const part of this.#parts) part.path = `${directory}${part.path.slice(part.path.lastIndexOf("/"))}`;
  }

  /** Its files are the log's from now on. */
  suffixRemoved(suffix: string): void {
    for (const part of this.#parts) part.path = part.path.slice(0, -suffix.length);
  }

  get #parts(): { path: string }[] {
    return [this, ...this.#indexes.files, this.transactionIndex];
  }

  updateConfig(config: LogConfig): void {
    this.#indexIntervalBytes = config["index.interval.bytes"];
  }

  /** Whether the batches belong into the next segment, after `rollMs` at the latest. */
  shouldRoll(next: RollParameters, config: LogConfig, rollMs: number): boolean {
    if (this.sizeBytes > config["segment.bytes"] - next.sizeBytes) return true;
    if (this.offsetIndex.isFull || this.timeIndex.isFull) return true;
    if (!this.offsetIndex.canAppendOffset(next.lastOffset)) return true;
    return this.sizeBytes > 0 && this.timeWaitedForRoll(next.nowMs, next.maxTimestamp) > rollMs;
  }

  /** By the records' clock when the first batch has a timestamp, else by ours. */
  timeWaitedForRoll(nowMs: number, maxTimestamp: number): number {
    const first = this.#loadFirstTimestamp();
    return first >= 0 ? maxTimestamp - first : nowMs - this.#createdMs;
  }

  /** Behind what is there; {@link appended} has to follow. May come too late, see {@link File.write}. */
  write(batches: Uint8Array): void {
    this.file.write(batches, this.sizeBytes, true);
  }

  append(batches: Uint8Array): void {
    this.file.write(batches, this.sizeBytes);
    this.appended(batches);
  }

  /** What stands at the end of the file belongs to the segment, with the index entries that Kafka's rule gives each batch. */
  appended(batches: Uint8Array): void {
    const start = this.sizeBytes;
    this.#unsynced = true;
    this.#recent ??= new RecentBatches();
    for (let position = 0; position < batches.length; ) {
      const sizeInBytes = RecordBatch.sizeInBytes(batches, position);
      const lastOffset = RecordBatch.lastOffset(batches, position);
      this.index(start + position, sizeInBytes, lastOffset, RecordBatch.maxTimestamp(batches, position));
      this.#recent.add(RecordBatch.baseOffset(batches, position), lastOffset, start + position, sizeInBytes);
      position += sizeInBytes;
    }
  }

  /** Takes the batch at `position`, which is the end so far, into the segment's books. */
  index(position: number, sizeInBytes: number, lastOffset: number, maxTimestamp: number): void {
    if (position === 0) this.#firstTimestamp = maxTimestamp;
    if (maxTimestamp > this.maxTimestamp.timestamp) {
      this.#maxTimestamp = { timestamp: maxTimestamp, offset: lastOffset };
    }
    if (this.#bytesSinceLastIndexEntry > this.#indexIntervalBytes && !this.offsetIndex.isFull) {
      this.offsetIndex.append(lastOffset, position);
      if (!this.timeIndex.isFull) this.timeIndex.maybeAppend(this.maxTimestamp.timestamp, this.maxTimestamp.offset);
      this.#bytesSinceLastIndexEntry = 0;
    }
    this.#bytesSinceLastIndexEntry += sizeInBytes;
    this.#sizeBytes = position + sizeInBytes;
  }

  /** Forgets indexes and size (the files of the indexes wait for {@link becomeInactive}, or for an entry to be written), so that {@link index} can be told of every batch again. */
  startOver(): void {
    this.#sizeBytes = 0;
    // Whoever wrote it may not have lived to bring it to the disk.
    this.#unsynced = true;
    this.#indexes.clearLater();
    this.transactionIndex.reset();
    this.#maxTimestamp = undefined;
    this.#firstTimestamp = undefined;
    this.#bytesSinceLastIndexEntry = 0;
  }

  /** {@link locate} finds it without the disk, and so does the one who reads it. */
  remembers(offset: number): boolean {
    return this.isOpen && this.#recent?.find(offset) !== undefined;
  }

  /** The first batch that reaches `offset` or lies above it; undefined when there is none. */
  locate(offset: number): { readonly position: number; readonly sizeInBytes: number } | undefined {
    return this.#recent?.find(offset) ?? this.translate(offset);
  }

  /** A scanner on the first batch that reaches `offset` or lies above it; undefined when there is none. */
  translate(offset: number): BatchScanner | undefined {
    const scanner = new BatchScanner(this, this.sizeBytes);
    let found = scanner.seek(this.offsetIndex.lookup(offset).position);
    while (found && scanner.lastOffset < offset) found = scanner.next();
    return found ? scanner : undefined;
  }

  /** A scanner on the first batch at or after a position that is a batch's. */
  scan(position: number, windowBytes?: number): BatchScanner | undefined {
    const scanner = new BatchScanner(this, this.sizeBytes, windowBytes);
    return scanner.seek(position) ? scanner : undefined;
  }

  /** The aborted transactions that have records or their marker in `[fromOffset, toOffset)` and the marker in here. */
  abortedTransactions(fromOffset: number, toOffset: number): AbortedTransactions {
    return this.transactionIndex.collect(fromOffset, toOffset);
  }

  /** The offset after the last batch, found from the last index entry on. */
  readNextOffset(): number {
    if (this.sizeBytes === 0) return this.baseOffset;
    const scanner = this.scan(this.sizeBytes <= SCANNED_BYTES ? 0 : this.offsetIndex.lastEntry().position);
    if (scanner === undefined) return this.baseOffset;
    let nextOffset: number;
    do nextOffset = scanner.lastOffset + 1;
    while (scanner.next());
    return nextOffset;
  }

  /** Drops the batches that reach `offset` or lie above it. */
  truncateTo(offset: number, nowMs: number): void {
    const position = this.translate(offset)?.position ?? this.sizeBytes;
    this.offsetIndex.truncateTo(offset);
    this.timeIndex.truncateTo(offset);
    this.transactionIndex.truncateTo(offset);
    this.file.truncate(position);
    this.#unsynced = true;
    this.#recent?.clear();
    this.#sizeBytes = position;
    if (position === 0) {
      this.#createdMs = nowMs;
      this.#firstTimestamp = undefined;
    }
    this.#bytesSinceLastIndexEntry = 0;
    this.#maxTimestamp = this.#readMaxTimestamp();
  }

  /** Cuts the file to the batches it is known to hold; does nothing when it is nobody's any more. */
  truncateFileToSize(): void {
    if (this.#file.isClosed) return;
    this.file.truncate(this.sizeBytes);
    this.#unsynced = true;
  }

  /** As the last entry of the time index. */
  noteMaxTimestamp(): void {
    this.timeIndex.maybeAppend(this.maxTimestamp.timestamp, this.maxTimestamp.offset);
  }

  /** The last entry of the time index says when the segment may be deleted by age. */
  becomeInactive(): void {
    this.#recent = undefined;
    // Nothing has come since the last clean stop, which left it so.
    if (this.#indexes.isSettled) this.#completeIndexes();
  }

  /** Room for the entries of an active segment again. */
  becomeActive(config: LogConfig): void {
    this.#indexes.preallocateLater(config["segment.index.bytes"]);
  }

  /** Resolves when everything appended before the call is on the disk, or the segment is closed. */
  sync(): Promise<void> {
    if (this.#file.isClosed) return Promise.resolve();
    if (!this.#unsynced) return this.#syncing;
    const { file } = this;
    this.#unsynced = false;
    const parts = [file.sync(), ...this.#indexes.sync(), this.transactionIndex.sync()];
    // Whoever asks while this is under way and has nothing new waits for the same.
    this.#syncing = Promise.all(parts).then(
      () => {},
      (error: unknown) => {
        this.#unsynced = true;
        throw error;
      },
    );
    return this.#syncing;
  }

  /** Frees the files; they are opened again when they are needed. */
  freeFiles(): void {
    this.#file.free();
    this.#indexes.freeFiles();
    this.transactionIndex.freeFile();
  }

  /** Frees the files for good and leaves them as they are. A flush that still has the segment on its list passes it by. */
  close(): void {
    this.#file.close();
    this.#indexes.close();
    this.transactionIndex.close();
  }

  /** Reads the index files; false when they can't be right. */
  loadIndexes(): boolean {
    return this.#indexes.load(this.sizeBytes);
  }

  /** Tells empty indexes of every batch. */
  reindex(): void {
    const { sizeBytes } = this;
    const scanner = this.scan(0);
    for (let found = scanner !== undefined; found; found = scanner!.next()) {
      this.index(scanner!.position, scanner!.sizeInBytes, scanner!.lastOffset, scanner!.maxTimestamp);
    }
    this.#sizeBytes = sizeBytes;
    this.#bytesSinceLastIndexEntry = 0;
    this.#completeIndexes();
    this.#onReindexed(this);
  }

  #completeIndexes(): void {
    this.noteMaxTimestamp();
    this.#indexes.trim();
    this.#unsynced = true;
  }

  #loadFirstTimestamp(): number {
    if (this.#firstTimestamp === undefined) {
      const scanner = this.scan(0);
      if (scanner === undefined) return RecordBatch.NO_TIMESTAMP;
      this.#firstTimestamp = scanner.maxTimestamp;
    }
    return this.#firstTimestamp;
  }

  /** The index knows it up to its last entry, the batches after that do the rest. */
  #readMaxTimestamp(): TimestampOffset {
    let max = this.timeIndex.lastEntry();
    const scanner = this.scan(this.offsetIndex.lookup(max.offset).position);
    if (scanner === undefined) return max;
    do {
      if (scanner.maxTimestamp > max.timestamp) max = { timestamp: scanner.maxTimestamp, offset: scanner.lastOffset };
    } while (scanner.next());
    return max;
  }
}
