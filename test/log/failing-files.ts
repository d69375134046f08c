import { systemError } from "../../adapters/shared/system-error.ts";
import { ForwardedFile } from "../../adapters/simulator/forwarded-file.ts";
import type { File, FileSystem, OpenMode } from "../../src/runtime.ts";

/** Answers the code of the error that a call is to fail with; undefined lets it through. */
export type Fault = (call: string, path: string) => string | undefined;

/** A file system that fails on demand. A write that fails has written its first half. */
export class FailingFiles implements FileSystem {
  fault: Fault = () => undefined;
  readonly #files: FileSystem;

  constructor(files: FileSystem) {
    this.#files = files;
  }

  open(path: string, mode: OpenMode): File {
    this.check("open", path);
    return new FailingFile(this.#files.open(path, mode), (call) => this.check(call, path));
  }

  list(directory: string) {
    this.check("list", directory);
    return this.#files.list(directory);
  }

  stat(path: string) {
    this.check("stat", path);
    return this.#files.stat(path);
  }

  makeDirectory(path: string): void {
    this.check("makeDirectory", path);
    this.#files.makeDirectory(path);
  }

  rename(from: string, to: string): void {
    this.check("rename", from);
    this.#files.rename(from, to);
  }

  remove(path: string): void {
    this.check("remove", path);
    this.#files.remove(path);
  }

  setReadOnly(path: string): void {
    this.check("setReadOnly", path);
    this.#files.setReadOnly(path);
  }

  setModified(path: string, modifiedMs: number): void {
    this.check("setModified", path);
    this.#files.setModified(path, modifiedMs);
  }

  async syncDirectory(path: string): Promise<void> {
    this.check("syncDirectory", path);
    await this.#files.syncDirectory(path);
  }

  diskSpace(path: string) {
    this.check("diskSpace", path);
    return this.#files.diskSpace(path);
  }

  lock(path: string) {
    this.check("lock", path);
    return this.#files.lock(path);
  }

  private check(call: string, path: string): void {
    const code = this.fault(call, path);
    if (code !== undefined) throw systemError(code, `${call} '${path}'`);
  }
}

class FailingFile extends ForwardedFile {
  readonly #check: (call: string) => void;

  constructor(file: File, check: (call: string) => void) {
    super(file);
    this.#check = check;
  }

  override read(target: Uint8Array, position: number): number {
    this.#check("read");
    return this.file.read(target, position);
  }

  override write(source: Uint8Array, position: number): void {
    try {
      this.#check("write");
    } catch (error) {
      this.file.write(source.subarray(0, source.length >> 1), position);
      throw error;
    }
    this.file.write(source, position);
  }

  override async readLater(target: Uint8Array, position: number): Promise<number> {
    this.#check("readLater");
    return this.file.readLater(target, position);
  }

  override async writeLater(source: Uint8Array, position: number): Promise<void> {
    this.#check("writeLater");
    await this.file.writeLater(source, position);
  }

  override truncate(sizeBytes: number): void {
    this.#check("truncate");
    this.file.truncate(sizeBytes);
  }

  override size(): number {
    this.#check("size");
    return this.file.size();
  }

  override async sync(): Promise<void> {
    this.#check("sync");
    await this.file.sync();
  }
}
