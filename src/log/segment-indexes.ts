import { OFFSET_INDEX_SUFFIX, TIME_INDEX_SUFFIX } from "./file-names.ts";
import { OffsetIndex } from "./offset-index.ts";
import type { SegmentFileSystem } from "./segment-file.ts";
import { TimeIndex } from "./time-index.ts";

/** What an existing segment's indexes are settled with. */
export interface SegmentToIndex {
  /** Of its batches. */
  readonly sizeBytes: number;
  /** Both indexes are empty, as they can't have been right: every batch has to be told to them. */
  reindex(): void;
}

/**
 * The indexes of a segment by offset and by time. Whether those of an existing one are what they should be is found out when
 * they are needed: most segments are idle.
 */
export class SegmentIndexes {
  readonly #offsets: OffsetIndex;
  readonly #times: TimeIndex;
  /** Undefined when nothing is left to be found out. */
  #unsettled: SegmentToIndex | undefined = undefined;
  /** What the files have is not to be trusted. */
  #mustReindex = false;

  /** `path` answers that of the file with the suffix. */
  constructor(system: SegmentFileSystem, path: (suffix: string) => string, baseOffset: number, indexBytes: number) {
    this.#offsets = new OffsetIndex(system, path(OFFSET_INDEX_SUFFIX), baseOffset, indexBytes);
    this.#times = new TimeIndex(system, path(TIME_INDEX_SUFFIX), baseOffset, indexBytes);
  }

  get offsets(): OffsetIndex {
    this.#settle();
    return this.#offsets;
  }

  get times(): TimeIndex {
    this.#settle();
    return this.#times;
  }

  get isSettled(): boolean {
    return this.#unsettled === undefined;
  }

  /** Whose paths change with the log's directory. */
  get files(): readonly [OffsetIndex, TimeIndex] {
    return [this.#offsets, this.#times];
  }

  /** Those of a new segment. */
  create(): void {
    for (const index of this.files) index.create();
  }

  settleLater(segment: SegmentToIndex): void {
    this.#unsettled = segment;
  }

  /** Reads the files of a segment of that many bytes, and settles them; false when they can't be right. */
  load(sizeBytes: number): boolean {
    const offsetsLoaded = this.#offsets.load();
    const timesLoaded = this.#times.load();
    const isRight = offsetsLoaded && timesLoaded && this.#offsets.lastEntry().position <= sizeBytes;
    if (isRight) this.#unsettled = undefined;
    return isRight;
  }

  /** Forgets what is in them; the files wait for {@link trim}, or for an entry to be written. */
  clearLater(): void {
    for (const index of this.files) index.clearLater();
    this.#unsettled = undefined;
  }

  /** Room for the entries of an active segment, when there is something to write; most logs are idle. */
  preallocateLater(indexBytes: number): void {
    for (const index of this.files) {
      index.preallocateLater(indexBytes);
      index.freeFile();
    }
  }

  /** Nothing in them is preallocated any more. */
  trim(): void {
    for (const index of this.files) index.trim();
  }

  sync(): Promise<void>[] {
    return this.files.map((index) => index.sync());
  }

  freeFiles(): void {
    for (const index of this.files) index.freeFile();
  }

  close(): void {
    for (const index of this.files) index.close();
  }

  #settle(): void {
    const segment = this.#unsettled;
    if (segment === undefined || (!this.#mustReindex && this.load(segment.sizeBytes))) return;
    this.#mustReindex = true;
    for (const index of this.files) index.clear();
    this.#unsettled = undefined;
    try {
      segment.reindex();
      this.#mustReindex = false;
    } catch (error) {
      // They have part of what is to be in them.
      this.#unsettled = segment;
      throw error;
    }
  }
}
