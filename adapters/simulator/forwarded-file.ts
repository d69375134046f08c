import type { File } from "../../src/runtime.ts";

/** A file that hands on to another: what makes files fail overrides the calls that it wants to fail. */
export class ForwardedFile implements File {
  readonly path: string;
  protected readonly file: File;

  constructor(file: File) {
    this.path = file.path;
    this.file = file;
  }

  read(target: Uint8Array, position: number): number {
    return this.file.read(target, position);
  }

  write(source: Uint8Array, position: number, mayBeLate?: boolean): void {
    this.file.write(source, position, mayBeLate);
  }

  /** Fails as {@link read} does. */
  async readLater(target: Uint8Array, position: number): Promise<number> {
    return this.read(target, position);
  }

  /** Fails as {@link write} does. */
  async writeLater(source: Uint8Array, position: number): Promise<void> {
    this.write(source, position);
  }

  truncate(sizeBytes: number): void {
    this.file.truncate(sizeBytes);
  }

  size(): number {
    return this.file.size();
  }

  sync(): Promise<void> {
    return this.file.sync();
  }

  close(): void {
    this.file.close();
  }

  retain(): void {
    this.file.retain();
  }

  release(): void {
    this.file.release();
  }
}
