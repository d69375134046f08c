import type { MemoryFiles } from "../../adapters/shared/files/memory-files.ts";
import type { Damage } from "./cluster-event.ts";
import { readFile } from "./stored-logs.ts";

/** A stretch of a file that means something only as a whole: a batch, or all of it. */
export interface Stretch extends Damage {
  readonly position: number;
  readonly sizeBytes: number;
}

/** A bit that has flipped, and how it is made good: by somebody who has a copy of the file. */
export class FlippedBit {
  readonly damage: Damage;
  readonly #files: MemoryFiles;
  readonly #stretch: Stretch;
  readonly #position: number;
  readonly #bit: number;
  readonly #damaged: Uint8Array;

  /** Flips it. */
  constructor(files: MemoryFiles, stretch: Stretch, position: number, bit: number) {
    this.damage = stretch;
    this.#files = files;
    this.#stretch = stretch;
    this.#position = position;
    this.#bit = bit;
    files.flipBit(stretch.path, position, bit);
    this.#damaged = this.#content();
  }

  /** When what is damaged is still there. */
  restore(): void {
    if (Buffer.compare(this.#content(), this.#damaged) === 0) {
      this.#files.flipBit(this.damage.path, this.#position, this.#bit);
    }
  }

  #content(): Uint8Array {
    const { path, position, sizeBytes } = this.#stretch;
    return this.#files.stat(path) === undefined ? new Uint8Array(0) : readFile(this.#files, path, position, sizeBytes);
  }
}
