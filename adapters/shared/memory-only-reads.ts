import { type CachedReads, NOT_CACHED } from "./disk-watch/cached-reads.ts";
import type { ReadPace } from "./read-pace.ts";
import { systemError } from "./system-error.ts";

/** What it needs of a file. */
export interface FileToRead {
  readonly path: string;
  readonly descriptor: number;
  /** Whether the system can be asked what of it is in memory. */
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
 * Reads that do not wait for the disk, for as long as an action lasts: what is not in memory is noted, refused, and read by
 * another thread when the action is over. Of files that are watched the loop never waits for long anyway.
 */
export class MemoryOnlyReads {
  private readonly loadCached: () => CachedReads | undefined;
  private cached: { readonly reads: CachedReads | undefined } | undefined;
  private isOn = false;
  private missing: Missing[] = [];
  /** One after the other: the runtime's threads for file I/O are few, and flushes and consumers need them, too. */
  private arrival: Promise<void> = Promise.resolve();

  constructor(loadCached: () => CachedReads | undefined) {
    this.loadCached = loadCached;
  }

  /** See `FileSystem.withoutWaiting`. */
  run(action: () => void): Promise<void> | undefined {
    this.isOn = true;
    // An action that failed may have left some.
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
   * A beginning of what the target has room for; 0 at the end of the file. Undefined when the caller has to read it. Throws
   * EAGAIN when it is not in memory.
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
      // Whoever reads it next, and waits for the disk, is told the same.
    }
    const nowMs = performance.now();
    file.pace.took(nowMs - startMs, nowMs);
    // It is there now, if that is told at all.
    if (this.cached?.reads?.read(file.descriptor, target, position) === NOT_CACHED) file.tellsWhatIsCached = false;
    file.release();
  }
}
