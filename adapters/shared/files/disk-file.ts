import {
  closeSync,
  constants,
  fdatasync,
  fstatSync,
  ftruncateSync,
  openSync,
  read,
  readSync,
  writeSync,
} from "node:fs";
import { promisify } from "node:util";
import type { LongCall } from "../disk-watch/long-calls.ts";
import type { WatchedDisk, WatchedFile } from "../disk-watch/watched-disk.ts";
import { systemError } from "../system-error.ts";
import type { FileToRead, MemoryOnlyReads } from "./memory-only-reads.ts";
import { ReadPace } from "./read-pace.ts";

/** The descriptor of a file that will be created or opened when its disk answers. */
export const NOT_THERE_YET = -1;

const syncData = promisify(fdatasync);

/** Has another thread write some of the source at a position in a file. `done` gets the count, never inside the call. */
export type WriteInThread = (
  descriptor: number,
  source: Uint8Array,
  position: number,
  done: (error: Error | null, count: number) => void,
) => void;

/** What all files of a file system share. */
export interface DiskFileSystem {
  readonly writeInThread: WriteInThread;
  readonly memoryOnly: MemoryOnlyReads;
}

/**
 * An open file, with positional calls directly on its descriptor. Once the descriptor is closed its number may be another file's,
 * so no call uses it any more.
 */
export class DiskFile implements WatchedFile, FileToRead {
  readonly path: string;
  /** Only code that retains the file may use it; later the number may be another file's. {@link NOT_THERE_YET} until the disk answers. */
  descriptor: number;
  readonly pace = new ReadPace();
  /** Whether the system can tell which parts of the file are in memory; it cannot on tmpfs and overlayfs (in containers). */
  tellsWhatIsCached = true;
  isReadWithoutTrace = false;
  /** The disk has not said yet whether the file exists. */
  isUnknown = false;
  private readonly system: DiskFileSystem;
  readonly disk: WatchedDisk | undefined;
  private retained = 0;
  private handles = 1;

  constructor(path: string, descriptor: number, system: DiskFileSystem, disk?: WatchedDisk) {
    this.path = path;
    this.disk = disk;
    this.descriptor = descriptor;
    this.system = system;
    if (descriptor !== NOT_THERE_YET) disk?.reads.opened(descriptor);
  }

  read(target: Uint8Array, position: number): number {
    if (this.isGone) throw this.badFile("read");
    this.checkKnown("read");
    let count = 0;
    while (count < target.length && this.descriptor !== NOT_THERE_YET) {
      const rest = count === 0 ? target : target.subarray(count);
      const read = this.readSomewhere(rest, position + count);
      if (read === 0) break;
      count += read;
    }
    return this.disk?.postponed.read(this, target, position, count) ?? count;
  }

  /** Without a watch the loop may wait for ever for bytes that the system does not have in memory. */
  get mayHang(): boolean {
    return this.disk?.reads.areLimited === true;
  }

  private readSomewhere(target: Uint8Array, position: number): number {
    const { disk, system } = this;
    const reads = disk === undefined ? system.memoryOnly : disk.reads;
    return reads.read(this, target, position) ?? this.readNow(target, position);
  }

  private readNow(target: Uint8Array, position: number): number {
    return readSync(this.descriptor, target, 0, target.length, position);
  }

  /** As {@link read}, by another thread, as long as that takes. */
  readInThread(target: Uint8Array, position: number): Promise<number> {
    this.retain();
    const call = this.reading(target, position);
    return (this.disk === undefined ? call.byRuntime() : this.disk.longCall(call)).finally(() => this.release());
  }

  write(source: Uint8Array, position: number, mayBeLate = false): void {
    if (this.isClosed) throw this.badFile("write");
    let count = 0;
    while (count < source.length) {
      count +=
        this.disk?.write(this, count === 0 ? source : source.subarray(count), position + count, mayBeLate) ??
        this.writeNow(count === 0 ? source : source.subarray(count), position + count);
    }
  }

  writeNow(source: Uint8Array, position: number): number {
    return writeSync(this.descriptor, source, 0, source.length, position);
  }

  readLater(target: Uint8Array, position: number): Promise<number> {
    if (this.isGone) return Promise.reject(this.badFile("read"));
    return this.later(this.reading(target, position));
  }

  writeLater(source: Uint8Array, position: number): Promise<void> {
    if (this.isClosed) return Promise.reject(this.badFile("write"));
    return this.later({
      byRuntime: () => this.writeByRuntime(source, position),
      byThread: (thread) => thread.write(this.descriptor, source, position),
    });
  }

  truncate(sizeBytes: number): void {
    if (this.isClosed) throw this.badFile("truncate");
    if (this.disk === undefined) this.truncateNow(sizeBytes);
    else this.disk.change({ call: "truncate", file: this, sizeBytes });
  }

  truncateNow(sizeBytes: number): void {
    ftruncateSync(this.descriptor, sizeBytes);
  }

  size(): number {
    if (this.isClosed) throw this.badFile("size");
    this.checkKnown("size");
    const sizeOnDisk = this.descriptor === NOT_THERE_YET ? 0 : fstatSync(this.descriptor).size;
    return this.disk?.postponed.sizeOf(this, sizeOnDisk) ?? sizeOnDisk;
  }

  sync(): Promise<void> {
    if (this.isClosed) return Promise.reject(this.badFile("sync"));
    return this.later({
      byRuntime: () => syncData(this.descriptor),
      byThread: (thread) => thread.sync(this.descriptor),
    });
  }

  close(): void {
    if (this.isClosed) return;
    this.handles--;
    if (this.isClosed && this.retained === 0) this.closeDescriptor();
  }

  openNow(): void {
    this.descriptor = openSync(this.path, constants.O_RDWR);
    this.disk?.reads.opened(this.descriptor);
  }

  openAgain(): this {
    this.handles++;
    return this;
  }

  retain(): void {
    if (this.isGone) throw this.badFile("retain");
    this.retained++;
  }

  release(): void {
    if (this.retained === 0) throw new Error(`${this.path} is released more often than it was retained`);
    this.retained--;
    if (this.retained === 0 && this.isClosed) this.closeDescriptor();
  }

  /** On NFS, closing writes what has not been written yet. */
  private closeDescriptor(): void {
    if (this.descriptor === NOT_THERE_YET) return;
    if (this.disk?.isStalled !== true) closeSync(this.descriptor);
    else void this.disk.answered().then(() => closeSync(this.descriptor));
  }

  /** Another thread makes the call, so the file is retained: its descriptor must not become another file's meanwhile. */
  private later<T>(call: LongCall<T>): Promise<T> {
    this.retain();
    return (this.disk === undefined ? call.byRuntime() : this.disk.later(call)).finally(() => this.release());
  }

  private reading(target: Uint8Array, position: number): LongCall<number> {
    return {
      byRuntime: () => this.readByRuntime(target, position),
      byThread: (thread) => thread.read(this.descriptor, target, position),
    };
  }

  private async readByRuntime(target: Uint8Array, position: number): Promise<number> {
    let count = 0;
    while (count < target.length) {
      const read = await readSome(this.descriptor, target, count, position);
      if (read === 0) break;
      count += read;
    }
    return count;
  }

  private writeByRuntime(source: Uint8Array, position: number): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      const writeFrom = (written: number): void => {
        this.system.writeInThread(this.descriptor, source.subarray(written), position + written, (error, count) => {
          if (error !== null) reject(error);
          else if (written + count === source.length) resolve();
          else writeFrom(written + count);
        });
      };
      writeFrom(0);
    });
  }

  private get isClosed(): boolean {
    return this.handles === 0;
  }

  /** Closed, and released by everyone who had retained it. */
  private get isGone(): boolean {
    return this.isClosed && this.retained === 0;
  }

  private checkKnown(call: string): void {
    if (!this.isUnknown || this.descriptor !== NOT_THERE_YET) return;
    throw systemError("EAGAIN", `its file system does not answer, ${call} '${this.path}'`);
  }

  private badFile(call: string): Error {
    return systemError("EBADF", `bad file descriptor, ${call} '${this.path}'`);
  }
}

function readSome(descriptor: number, target: Uint8Array, filled: number, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const done = (error: Error | null, count: number): void => (error ? reject(error) : resolve(count));
    read(descriptor, target, filled, target.length - filled, position + filled, done);
  });
}
