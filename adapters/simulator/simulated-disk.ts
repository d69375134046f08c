import type { DirectoryEntry, File, FileStat, FileSystem, OpenMode, Random, Unlock } from "../../src/runtime.ts";
import { createMemoryFiles, type MemoryFiles } from "../shared/files/memory-files.ts";
import { systemError } from "../shared/system-error.ts";
import { ForwardedFile } from "./forwarded-file.ts";
import type { ProcessClock } from "./process-clock.ts";
import { ProcessHalt } from "./scheduler.ts";

const ABSENT_ONCE_IN = 4;

/** The disk of a computer, and what is wrong with it at the moment. */
export class SimulatedDisk {
  readonly files: MemoryFiles;
  /** No file grows any more. */
  isFull = false;
  /** Writes and syncs fail. */
  isFailing = false;
  /** They fail for what is in this directory: it is another disk's. */
  failingDirectory: string | undefined = undefined;
  /** Of one sync: between so much and twice as much. */
  syncMs = 1;
  /** Told when a file takes another's place, as all small files do that are written as a whole. */
  onReplaced: (path: string) => void = () => {};
  readonly #random: Random;

  constructor(random: Random, now: () => number) {
    this.#random = random;
    this.files = createMemoryFiles({ now });
  }

  /** Nothing is wrong with it. */
  get isSound(): boolean {
    return !this.isFull && !this.isFailing && this.failingDirectory === undefined;
  }

  /** Whether a write or a sync of this file fails. */
  fails(path: string): boolean {
    const directory = this.failingDirectory;
    return this.isFailing || (directory !== undefined && `${path}/`.startsWith(`${directory}/`));
  }

  /** The power fails: what was not synced is lost, or torn, or there by luck. */
  losePower(): void {
    this.files.crash(this.#random);
  }

  /** By an empty one. */
  replace(): void {
    for (const { name } of this.files.list("/")) this.files.remove(`/${name}`);
    void this.files.syncDirectory("/");
  }

  /** Whether what is to be read is on the disk only: now and then. */
  isAbsent(): boolean {
    return this.#random.integer(ABSENT_ONCE_IN) === 0;
  }

  syncDelayMs(): number {
    return this.syncMs * (1 + this.#random.integer(1024) / 1024);
  }

  mount(clock: ProcessClock): ProcessFiles {
    return new ProcessFiles(this, clock);
  }
}

/** A disk as one process has it, until that ends. */
export class ProcessFiles implements FileSystem {
  readonly disk: SimulatedDisk;
  readonly #clock: ProcessClock;
  #isDead = false;
  #refusesReads = false;
  #hasRefused = false;

  constructor(disk: SimulatedDisk, clock: ProcessClock) {
    this.disk = disk;
    this.#clock = clock;
  }

  kill(): void {
    this.#isDead = true;
    this.disk.files.releaseLocks();
  }

  open(path: string, mode: OpenMode): File {
    this.#check("open", path, mode !== "read" && this.disk.files.stat(path) === undefined);
    return new ProcessFile(this, this.disk.files.open(path, mode));
  }

  list(directory: string): DirectoryEntry[] {
    return this.disk.files.list(directory);
  }

  stat(path: string): FileStat | undefined {
    return this.disk.files.stat(path);
  }

  makeDirectory(path: string): void {
    this.#check("mkdir", path, this.stat(path) === undefined);
    this.disk.files.makeDirectory(path);
  }

  rename(from: string, to: string): void {
    this.#check("rename", from, false);
    this.disk.files.rename(from, to);
    this.disk.onReplaced(to);
  }

  remove(path: string): void {
    this.#check("remove", path, false);
    this.disk.files.remove(path);
  }

  setReadOnly(path: string): void {
    this.disk.files.setReadOnly(path);
  }

  setModified(path: string, modifiedMs: number): void {
    this.disk.files.setModified(path, modifiedMs);
  }

  async syncDirectory(path: string): Promise<void> {
    // It may have another name by the time.
    const directory = this.disk.files.openDirectory(path);
    return this.later(path, async () => directory.sync());
  }

  diskSpace(path: string): { totalBytes: number; usableBytes: number } {
    const { totalBytes, usableBytes } = this.disk.files.diskSpace(path);
    return { totalBytes, usableBytes: this.disk.isFull ? 0 : usableBytes };
  }

  withoutWaiting(action: () => void): Promise<void> | undefined {
    this.#refusesReads = this.disk.isAbsent();
    this.#hasRefused = false;
    try {
      action();
    } finally {
      this.#refusesReads = false;
    }
    if (!this.#hasRefused) return undefined;
    return new Promise((resolve) => {
      this.#clock.schedule(this.disk.syncDelayMs(), resolve);
    });
  }

  checkRead(path: string): void {
    if (!this.#refusesReads) return;
    this.#hasRefused = true;
    throw failure("EAGAIN", "not in memory, read", path);
  }

  lock(path: string): Unlock | undefined {
    return this.disk.files.lock(path);
  }

  /** A call that the disk takes its time for; the power may fail before it is done. */
  later(path: string, perform: () => Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#clock.schedule(this.disk.syncDelayMs(), () => {
        if (this.disk.fails(path)) reject(failure("EIO", "input/output error, fsync", path));
        else perform().then(resolve, reject);
      });
    });
  }

  /** Whether a change may happen now. */
  checkChange(call: string, path: string, grows: boolean): void {
    this.#check(call, path, grows);
  }

  #check(call: string, path: string, grows: boolean): void {
    // What a dead process still has under way ends here, and nobody is left to be told.
    if (this.#isDead) throw new ProcessHalt(failure("EBADF", `the process is dead, ${call}`, path));
    if (call === "open" && !grows) return;
    if (this.disk.fails(path)) throw failure("EIO", `input/output error, ${call}`, path);
    if (grows && this.disk.isFull) throw failure("ENOSPC", `no space left on device, ${call}`, path);
  }
}

/** An open file of a process, on a disk with faults. */
class ProcessFile extends ForwardedFile {
  readonly #files: ProcessFiles;

  constructor(files: ProcessFiles, file: File) {
    super(file);
    this.#files = files;
  }

  override read(target: Uint8Array, position: number): number {
    this.#files.checkRead(this.path);
    return this.file.read(target, position);
  }

  override write(source: Uint8Array, position: number): void {
    const { disk } = this.#files;
    const grows = disk.isFull && position + source.length > this.file.size();
    this.#files.checkChange("write", this.path, grows);
    this.file.write(source, position);
  }

  override truncate(sizeBytes: number): void {
    this.#files.checkChange("truncate", this.path, false);
    this.file.truncate(sizeBytes);
  }

  override sync(): Promise<void> {
    try {
      this.file.retain();
    } catch (error) {
      return Promise.reject(error);
    }
    return this.#files.later(this.path, () => this.file.sync()).finally(() => this.file.release());
  }
}

function failure(code: string, call: string, path: string): Error {
  return systemError(code, `${call} '${path}'`);
}
