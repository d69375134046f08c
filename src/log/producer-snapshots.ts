import type { Checksums, FileSystem } from "../runtime.ts";
import { readFile, syncFile } from "./atomic-file.ts";
import { offsetFileName, PRODUCER_SNAPSHOT_SUFFIX } from "./file-names.ts";
import type { ProducerEntry } from "./producer-entry.ts";
import { decodeProducerSnapshot, encodeProducerSnapshot } from "./producer-snapshot.ts";

/** The `.snapshot` files of a log, each named after the offset up to which it has seen the log. */
export class ProducerSnapshots {
  readonly #files: FileSystem;
  readonly #checksums: Checksums;
  /** The log's, which may be renamed. */
  directory: string;
  #offsets: number[];
  readonly #unsynced = new Set<number>();

  /** `offsets`: of those that are in the directory. */
  constructor(files: FileSystem, checksums: Checksums, directory: string, offsets: Iterable<number> = []) {
    this.#files = files;
    this.#checksums = checksums;
    this.directory = directory;
    this.#offsets = [...offsets].sort((one, other) => one - other);
  }

  /** Ascending. */
  get offsets(): readonly number[] {
    return this.#offsets;
  }

  /** Does nothing, and answers false, when there is one of this offset or a later one. */
  take(offset: number, entries: Iterable<ProducerEntry>): boolean {
    if (offset <= (this.#offsets.at(-1) ?? 0)) return false;
    const content = encodeProducerSnapshot(entries, this.#checksums);
    const file = this.#files.open(this.#path(offset), "create");
    try {
      file.write(content, 0);
      file.truncate(content.length);
    } finally {
      file.close();
    }
    this.#offsets = [...this.#offsets, offset];
    this.#unsynced.add(offset);
    return true;
  }

  /** The newest that can be read, of those in (logStartOffset, endOffset]; one that can't be read is removed. */
  loadLatest(logStartOffset: number, endOffset: number): { offset: number; entries: ProducerEntry[] } | undefined {
    for (const offset of this.#offsets.toReversed()) {
      if (offset > endOffset || offset <= logStartOffset) continue;
      const content = readFile(this.#files, this.#path(offset));
      const entries = content === undefined ? undefined : decodeProducerSnapshot(content, this.#checksums);
      if (entries !== undefined) return { offset, entries };
      this.remove(offset);
    }
    return undefined;
  }

  remove(offset: number): void {
    this.#files.remove(this.#path(offset));
    this.forget(offset);
  }

  /** Somebody else removes the file. */
  forget(offset: number): void {
    this.#offsets = this.#offsets.filter((other) => other !== offset);
    this.#unsynced.delete(offset);
  }

  /** Removes those outside of (logStartOffset, endOffset]. */
  keepBetween(logStartOffset: number, endOffset: number): void {
    for (const offset of this.#offsets) if (offset <= logStartOffset || offset > endOffset) this.remove(offset);
  }

  /** Keeps those at the start of a segment and the newest of all. */
  removeStray(segmentBaseOffsets: ReadonlySet<number>): void {
    const newest = this.#offsets.at(-1);
    for (const offset of this.#offsets) if (offset !== newest && !segmentBaseOffsets.has(offset)) this.remove(offset);
  }

  async sync(): Promise<void> {
    for (const offset of this.#unsynced) {
      this.#unsynced.delete(offset);
      await syncFile(this.#files, this.#path(offset));
    }
  }

  #path(offset: number): string {
    return `${this.directory}/${offsetFileName(offset, PRODUCER_SNAPSHOT_SUFFIX)}`;
  }
}
