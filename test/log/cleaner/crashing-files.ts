import { ForwardedFile } from "../../../adapters/simulator/forwarded-file.ts";
import type { File, FileSystem } from "../../../src/runtime.ts";

/** The process is dead: nothing it does from now on has an effect. */
export class ProcessKilled extends Error {
  override readonly name = "ProcessKilled";
}

/** Lets so many changes through and dies at the next one. Reads are not counted, a sync is. */
export class CrashingFiles implements FileSystem {
  readonly #files: FileSystem;
  #left: number;

  constructor(files: FileSystem, changes: number) {
    this.#files = files;
    this.#left = changes;
  }

  get isDead(): boolean {
    return this.#left < 0;
  }

  open(path: string, mode: Parameters<FileSystem["open"]>[1]): File {
    this.#requireLife();
    if (mode !== "read" && this.#files.stat(path) === undefined) this.#change();
    return new CrashingFile(
      this.#files.open(path, mode),
      () => this.#change(),
      () => this.#requireLife(),
    );
  }

  list(directory: string) {
    this.#requireLife();
    return this.#files.list(directory);
  }

  stat(path: string) {
    this.#requireLife();
    return this.#files.stat(path);
  }

  makeDirectory(path: string): void {
    this.#change();
    this.#files.makeDirectory(path);
  }

  rename(from: string, to: string): void {
    this.#change();
    this.#files.rename(from, to);
  }

  remove(path: string): void {
    this.#change();
    this.#files.remove(path);
  }

  setReadOnly(path: string): void {
    this.#change();
    this.#files.setReadOnly(path);
  }

  setModified(path: string, modifiedMs: number): void {
    this.#change();
    this.#files.setModified(path, modifiedMs);
  }

  async syncDirectory(path: string): Promise<void> {
    this.#change();
    await this.#files.syncDirectory(path);
  }

  diskSpace(path: string) {
    return this.#files.diskSpace(path);
  }

  lock(path: string) {
    return this.#files.lock(path);
  }

  #change(): void {
    this.#left--;
    this.#requireLife();
  }

  #requireLife(): void {
    if (this.isDead) throw new ProcessKilled("The process was killed here");
  }
}

class CrashingFile extends ForwardedFile {
  readonly #change: () => void;
  readonly #requireLife: () => void;

  constructor(file: File, change: () => void, requireLife: () => void) {
    super(file);
    this.#change = change;
    this.#requireLife = requireLife;
  }

  override read(target: Uint8Array, position: number): number {
    this.#requireLife();
    return this.file.read(target, position);
  }

  override write(source: Uint8Array, position: number): void {
    this.#change();
    this.file.write(source, position);
  }

  override truncate(sizeBytes: number): void {
    this.#change();
    this.file.truncate(sizeBytes);
  }

  override async sync(): Promise<void> {
    this.#change();
    await this.file.sync();
  }
}
