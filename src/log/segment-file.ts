import type { File, FileSystem, OpenMode } from "../runtime.ts";
import type { OpenFiles } from "./open-files.ts";

export interface SegmentFileSystem {
  readonly files: FileSystem;
  /** Left out, files stay open once they have been used. */
  readonly openFiles?: OpenFiles | undefined;
}

/** One of the files of a segment. It is opened when it is needed, and may be closed between two turns of the loop. */
export class SegmentFile {
  /** Of a file that is open, it may change. */
  path: string;
  /** Others get the open file, as a part of what they send. */
  readonly isHandedOut: boolean;
  /** Since somebody last asked; {@link OpenFiles} does. */
  wasUsed = false;
  readonly #system: SegmentFileSystem;
  readonly #mode: OpenMode;
  #file: File | undefined = undefined;
  #isClosed = false;

  constructor(system: SegmentFileSystem, path: string, mode: OpenMode, isHandedOut: boolean) {
    this.#system = system;
    this.path = path;
    this.#mode = mode;
    this.isHandedOut = isHandedOut;
  }

  get isOpen(): boolean {
    return this.#file !== undefined;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Not to be kept beyond the turn, unless it is retained. Throws when it is closed for good: another one may have the path by now. */
  get file(): File {
    if (this.#file === undefined) this.#open();
    this.wasUsed = true;
    return this.#file!;
  }

  /** It is opened again when it is needed. */
  free(): void {
    if (this.#file === undefined) return;
    this.#file.close();
    this.#file = undefined;
    this.#system.openFiles?.closed(this);
  }

  /** For good: the file may be deleted now, and must not come back. */
  close(): void {
    this.free();
    this.#isClosed = true;
  }

  #open(): void {
    if (this.#isClosed) throw new Error(`${this.path} is closed`);
    this.#file = this.#system.files.open(this.path, this.#mode);
    this.#system.openFiles?.opened(this);
  }
}
