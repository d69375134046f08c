import { type CachedReads, NOT_CACHED } from "../disk-watch/cached-reads.ts";
import { systemError } from "../system-error.ts";
import type { ReadPace } from "./read-pace.ts";

/** What {@link MemoryOnlyReads} needs of a file. */
export interface FileToRead {
  readonly path: string;
  readonly descriptor: number;
  /** Whether the system can tell which parts of the file are in memory. */
  tellsWhatIsCached: boolean;
  /** {@link CachedReads.prepare} has been called. */
  isReadWithoutTrace: boolean;
  readInThread(target: Uint8Array, position: number): Promise<number>;
  readonly pace: ReadPace;
  retain(): void;
  release(): void;
}

interface Missing {
  readonly file: FileToRead;
  readonly position: number;
  readonly length: number;
}

/**
 * Makes reads fail, for the time of an action, instead of waiting for the disk. What is not in memory is noted, and another
 * thread reads it when the action is over. Reads of watched files are not affected: the loop never waits for those for long.
 */
export class MemoryOnlyReads {
  private readonly loadCached: () => CachedReads | undefined;
  private cached: { readonly reads: CachedReads | undefined } | undefined;
  private isOn = false;
  private missing: Missing[] = [];
  /** Missing parts are read one after the other: the runtime's threads for file I/O are few, and flushes and consumers need them too. */
  private arrival: Promise<void> = Promise.resolve();

  constructor(loadCached: () => CachedReads | undefined) {
    this.loadCached = loadCached;
  }

  /** See `FileSystem.withoutWaiting`. */
  run(action: () => void): Promise<void> | undefined {
    this.isOn = true;
    // An earlier action that threw may have left some.
    this.missing = [];
    try {
      action();
    } finally {
      this.isOn = false;
    }
    if (this.missing.length === 0) return undefined;
    for (const { file } of this.missing) file.retain();
    for (const missing of this.missing.splice(0)) this.arrival = this.arrival.then(() => this.bring(missing));
    return this.arrival;
  }

  /**
   * How many bytes were read, maybe fewer than the target holds; 0 at the end of the file. Undefined when the caller has to read
   * itself. Throws EAGAIN when the bytes are not in memory.
   */
  read(file: FileToRead, target: Uint8Array, position: number): number | undefined {
    if (!this.isOn || !file.tellsWhatIsCached) return undefined;
    this.cached ??= { reads: this.loadCached() };
    const { reads } = this.cached;
    if (reads === undefined) return undefined;
    if (!file.isReadWithoutTrace) {
      reads.prepare(file.descriptor);
      file.isReadWithoutTrace = true;
    }
    const count = reads.read(file.descriptor, target, position);
    if (count !== NOT_CACHED) return count;
    this.missing.push({ file, position, length: target.length });
    throw systemError("EAGAIN", `not in memory, read '${file.path}'`);
  }

  private async bring({ file, position, length }: Missing): Promise<void> {
    const target = new Uint8Array(length);
    const startMs = performance.now();
    try {
      await file.readInThread(target, position);
    } catch {
      // The next read, which waits for the disk, reports the same error.
    }
    const nowMs = performance.now();
    file.pace.took(nowMs - startMs, nowMs);
    // It is in memory now; if the system does not say so, it never will.
    if (this.cached?.reads?.read(file.descriptor, target, position) === NOT_CACHED) file.tellsWhatIsCached = false;
    file.release();
  }
}
