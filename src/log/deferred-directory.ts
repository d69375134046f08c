import type { DiskWatch } from "../disk-watch.ts";
import type { DirectoryEntry, File, FileStat, FileSystem, OpenMode, Unlock } from "../runtime.ts";
import { syncFile } from "./atomic-file.ts";

/** More than the small files of a new log have in them. */
const MAX_CONTENT_BYTES = 4096;

/**
 * The file system as a new log sees it: its directory and the files in it are remembered, and come into being when
 * somebody comes back to one of them, or by {@link create}. A new partition needs two dozen system calls, and a topic may
 * have thousands: whoever creates it need not wait for that. Nothing is lost if the process dies before, as nothing has
 * been written: the metadata says that the log is to be, and the next start creates it.
 */
export class DeferredDirectory implements FileSystem {
  readonly #files: FileSystem;
  /** Changes when the directory is renamed. */
  #path: string;
  /** By path; undefined once they are in the directory. */
  #deferred: Map<string, DeferredFile> | undefined = new Map();
  /** Somebody has been told that they are on the disk. */
  #unsynced: string[] = [];

  constructor(files: FileSystem, path: string) {
    this.#files = files;
    this.#path = path;
  }

  get watched(): DiskWatch | undefined {
    return this.#files.watched;
  }

  get isDeferred(): boolean {
    return this.#deferred !== undefined;
  }

  /** Makes the directory and what is in it; does nothing when that has been done. May be tried again after an error. */
  create(): void {
    const deferred = this.#deferred;
    if (deferred === undefined) return;
    try {
      this.#files.makeDirectory(this.#path);
      for (const [path, file] of deferred) file.create(this.#files, path);
    } catch (error) {
      // What is remembered of them holds until all are there.
      for (const file of deferred.values()) file.forgetCreated();
      throw error;
    }
    for (const [path, file] of deferred) if (file.isSynced) this.#unsynced.push(path);
    this.#deferred = undefined;
  }

  open(path: string, mode: OpenMode): File {
    const deferred = this.#deferred;
    if (deferred === undefined || !this.#isInside(path)) return this.#files.open(path, mode);
    if (deferred.has(path)) {
      this.create();
      return this.#files.open(path, mode);
    }
    if (mode === "read" || mode === "write") {
      throw Object.assign(new Error(`ENOENT: no such file or directory, open '${path}'`), { code: "ENOENT" });
    }
    const file = new DeferredFile(path, () => this.create());
    deferred.set(path, file);
    return file;
  }

  list(directory: string): DirectoryEntry[] {
    if (this.#deferred !== undefined && directory === this.#path) {
      return [...this.#deferred.keys()].map((path) => ({ name: path.slice(this.#path.length + 1), kind: "file" }));
    }
    this.create();
    return this.#files.list(directory);
  }

  stat(path: string): FileStat | undefined {
    if (this.#deferred?.has(path) === false && this.#isInside(path)) return undefined;
    this.create();
    return this.#files.stat(path);
  }

  makeDirectory(path: string): void {
    if (path === this.#path && this.isDeferred) return;
    this.create();
    this.#files.makeDirectory(path);
  }

  rename(from: string, to: string): void {
    const file = this.#deferred?.get(from);
    if (file !== undefined && this.#isInside(to)) {
      this.#deferred!.delete(from);
      this.#deferred!.set(to, file);
      file.isWhole = true;
      return;
    }
    this.create();
    this.#files.rename(from, to);
    if (from === this.#path) this.#path = to;
    this.#unsynced = this.#unsynced.map((path) =>
      path === from || path.startsWith(`${from}/`) ? to + path.slice(from.length) : path,
    );
  }

  remove(path: string): void {
    if (this.#deferred !== undefined && this.#isInside(path)) {
      this.#deferred.delete(path);
      return;
    }
    this.create();
    this.#files.remove(path);
  }

  /** What is to be removed later has been renamed before, and is there. */
  get removeLater(): FileSystem["removeLater"] {
    const { removeLater } = this.#files;
    return removeLater?.bind(this.#files);
  }

  setReadOnly(path: string): void {
    this.create();
    this.#files.setReadOnly(path);
  }

  setModified(path: string, modifiedMs: number): void {
    this.create();
    this.#files.setModified(path, modifiedMs);
  }

  async syncDirectory(path: string): Promise<void> {
    if (path === this.#path) {
      if (this.isDeferred) return;
      for (const unsynced of this.#unsynced.splice(0)) await syncFile(this.#files, unsynced);
    }
    await this.#files.syncDirectory(path);
  }

  diskSpace(path: string): { totalBytes: number; usableBytes: number } {
    return this.#files.diskSpace(path);
  }

  lock(path: string): Unlock | undefined {
    return this.#files.lock(path);
  }

  #isInside(path: string): boolean {
    return path.startsWith(`${this.#path}/`);
  }
}

/** A file that is not there yet: it has a size, and a little content. Only one handle of it is ever open. */
class DeferredFile implements File {
  readonly path: string;
  /** It has been written under another name and then renamed, so that nobody ever sees a part of it. */
  isWhole = false;
  isSynced = false;
  readonly #createAll: () => void;
  #content = new Uint8Array(0);
  #sizeBytes = 0;
  #isClosed = false;
  /** Once it has been created while it was open. */
  #created: File | undefined = undefined;

  constructor(path: string, createAll: () => void) {
    this.path = path;
    this.#createAll = createAll;
  }

  create(files: FileSystem, path: string): void {
    const file = files.open(this.isWhole ? `${path}.tmp` : path, "create");
    try {
      file.truncate(this.#sizeBytes);
      if (this.#content.length > 0) file.write(this.#content, 0);
      if (this.isWhole) files.rename(`${path}.tmp`, path);
    } catch (error) {
      file.close();
      throw error;
    }
    if (this.#isClosed) file.close();
    else this.#created = file;
  }

  /** It is as if it were not there. */
  forgetCreated(): void {
    this.#created?.close();
    this.#created = undefined;
  }

  read(target: Uint8Array, position: number): number {
    return this.#file().read(target, position);
  }

  write(source: Uint8Array, position: number, mayBeLate = false): void {
    const end = position + source.length;
    if (this.#created !== undefined || end > MAX_CONTENT_BYTES) {
      this.#file().write(source, position, mayBeLate);
      return;
    }
    const content = new Uint8Array(Math.max(this.#content.length, end));
    content.set(this.#content);
    content.set(source, position);
    this.#content = content;
    this.#sizeBytes = Math.max(this.#sizeBytes, end);
  }

  readLater(target: Uint8Array, position: number): Promise<number> {
    return this.#file().readLater(target, position);
  }

  writeLater(source: Uint8Array, position: number): Promise<void> {
    return this.#file().writeLater(source, position);
  }

  truncate(sizeBytes: number): void {
    if (this.#created !== undefined) {
      this.#created.truncate(sizeBytes);
      return;
    }
    this.#content = this.#content.slice(0, sizeBytes);
    this.#sizeBytes = sizeBytes;
  }

  size(): number {
    return this.#created?.size() ?? this.#sizeBytes;
  }

  sync(): Promise<void> {
    if (this.#created !== undefined) return this.#created.sync();
    this.isSynced = true;
    return Promise.resolve();
  }

  close(): void {
    this.#isClosed = true;
    this.#created?.close();
  }

  retain(): void {
    this.#file().retain();
  }

  release(): void {
    this.#file().release();
  }

  #file(): File {
    if (this.#created === undefined) this.#createAll();
    return this.#created!;
  }
}
