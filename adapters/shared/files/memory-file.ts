import type { File } from "../../../src/runtime.ts";
import { systemError } from "../system-error.ts";
import { NoSpaceError, type PageBudget, SparseBytes } from "./sparse-bytes.ts";

/** A file of a memory file system; it has a name, or open handles, or both. */
export class FileNode {
  readonly kind = "file";
  readonly content: SparseBytes;
  modifiedMs: number;
  isReadOnly = false;
  isLinked = true;
  /** Names that the disk still has for it: they come back in a crash. */
  syncedLinks = 0;
  handles = 0;

  constructor(budget: PageBudget, modifiedMs: number) {
    this.content = new SparseBytes(budget);
    this.modifiedMs = modifiedMs;
  }

  freeIfUnused(): void {
    if (!this.isLinked && this.syncedLinks === 0 && this.handles === 0) this.content.free();
  }
}

/** An open handle of a {@link FileNode}. */
export class MemoryFile implements File {
  readonly path: string;
  private readonly node: FileNode;
  private readonly mayWrite: boolean;
  private readonly now: () => number;
  private retained = 0;
  private isClosed = false;

  constructor(path: string, node: FileNode, mayWrite: boolean, now: () => number) {
    this.path = path;
    this.node = node;
    this.mayWrite = mayWrite;
    this.now = now;
    node.handles++;
  }

  read(target: Uint8Array, position: number): number {
    if (this.isGone) throw this.badFile("read");
    return this.node.content.read(target, position);
  }

  write(source: Uint8Array, position: number): void {
    this.change("write", () => this.node.content.write(source, position));
  }

  async readLater(target: Uint8Array, position: number): Promise<number> {
    return this.read(target, position);
  }

  async writeLater(source: Uint8Array, position: number): Promise<void> {
    this.write(source, position);
  }

  truncate(sizeBytes: number): void {
    this.change("truncate", () => this.node.content.truncate(sizeBytes));
  }

  size(): number {
    if (this.isClosed) throw this.badFile("size");
    return this.node.content.size();
  }

  sync(): Promise<void> {
    if (this.isGone) return Promise.reject(this.badFile("sync"));
    this.node.content.sync();
    return Promise.resolve();
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    if (this.retained === 0) this.letGo();
  }

  retain(): void {
    if (this.isGone) throw this.badFile("retain");
    this.retained++;
  }

  release(): void {
    if (this.retained === 0) throw new Error(`${this.path} is released more often than it was retained`);
    this.retained--;
    if (this.retained === 0 && this.isClosed) this.letGo();
  }

  private change(call: string, perform: () => void): void {
    if (this.isClosed || !this.mayWrite) throw this.badFile(call);
    try {
      perform();
    } catch (error) {
      if (!(error instanceof NoSpaceError)) throw error;
      throw systemError("ENOSPC", `no space left on device, ${call} '${this.path}'`);
    }
    this.node.modifiedMs = this.now();
  }

  /** Closed, and let go by everyone who had retained it. */
  private get isGone(): boolean {
    return this.isClosed && this.retained === 0;
  }

  private letGo(): void {
    this.node.handles--;
    this.node.freeIfUnused();
  }

  private badFile(call: string): Error {
    return systemError("EBADF", `bad file descriptor, ${call} '${this.path}'`);
  }
}
