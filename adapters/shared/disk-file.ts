import { closeSync, fdatasync, fstatSync, ftruncateSync, readSync, writeSync } from "node:fs";
import type { File } from "../../src/runtime.ts";

/** An open file: positional calls straight on its descriptor. */
export class DiskFile implements File {
  readonly path: string;
  private readonly descriptor: number;
  private retained = 0;
  private isClosed = false;

  constructor(path: string, descriptor: number) {
    this.path = path;
    this.descriptor = descriptor;
  }

  read(target: Uint8Array, position: number): number {
    let count = 0;
    while (count < target.length) {
      const read = readSync(this.descriptor, target, count, target.length - count, position + count);
      if (read === 0) break;
      count += read;
    }
    return count;
  }

  write(source: Uint8Array, position: number): void {
    let count = 0;
    while (count < source.length) {
      count += writeSync(this.descriptor, source, count, source.length - count, position + count);
    }
  }

  truncate(sizeBytes: number): void {
    ftruncateSync(this.descriptor, sizeBytes);
  }

  size(): number {
    return fstatSync(this.descriptor).size;
  }

  sync(): Promise<void> {
    // Another thread does it: the descriptor's number must not become another file's meanwhile.
    this.retain();
    return new Promise((resolve, reject) => {
      fdatasync(this.descriptor, (error) => {
        this.release();
        if (error) reject(error);
        else resolve();
      });
    });
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    if (this.retained === 0) closeSync(this.descriptor);
  }

  retain(): void {
    this.retained++;
  }

  release(): void {
    if (this.retained === 0) throw new Error(`${this.path} is released more often than it was retained`);
    this.retained--;
    if (this.retained === 0 && this.isClosed) closeSync(this.descriptor);
  }
}
