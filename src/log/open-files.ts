import type { Clock } from "../runtime.ts";
import type { SegmentFile } from "./segment-file.ts";

/** Of the limit, that index files may go over it until the turn is over. */
const SLACK = 1 / 8;

/**
 * Which files of segments are open, for all the logs of a broker: when there are more than the limit, those that have not
 * been used for longest are closed, to be opened again when they are needed. Used since the last look counts as just used
 * (the "clock" of page replacement), so that a use costs no more than a mark.
 *
 * Files of records are handed out, and whoever has one retains it by the end of the turn at the latest. So they are closed in
 * a later turn: one turn may open as many as it reads from. Index files are used within a call only and give way at once.
 */
export class OpenFiles {
  readonly limit: number;
  readonly #clock: Pick<Clock, "defer">;
  readonly #handedOut = new Set<SegmentFile>();
  readonly #others = new Set<SegmentFile>();
  #isDeferred = false;

  constructor(limit: number, clock: Pick<Clock, "defer">) {
    this.limit = limit;
    this.#clock = clock;
  }

  get size(): number {
    return this.#handedOut.size + this.#others.size;
  }

  opened(file: SegmentFile): void {
    this.#kind(file).add(file);
    if (this.size <= this.limit) return;
    const most = this.limit + Math.floor(this.limit * SLACK);
    while (this.size > most && this.#others.size > 1) closeOldest(this.#others, file);
    if (this.#isDeferred || this.size <= this.limit) return;
    this.#isDeferred = true;
    this.#clock.defer(() => this.#makeRoom());
  }

  closed(file: SegmentFile): void {
    this.#kind(file).delete(file);
  }

  #makeRoom(): void {
    this.#isDeferred = false;
    while (this.size > this.limit)
      closeOldest(this.#handedOut.size > this.#others.size ? this.#handedOut : this.#others);
  }

  #kind(file: SegmentFile): Set<SegmentFile> {
    return file.isHandedOut ? this.#handedOut : this.#others;
  }
}

/** Closes one that has not been used since it was last looked at; who has been gets another turn, at the end of the line. */
function closeOldest(files: Set<SegmentFile>, kept?: SegmentFile): void {
  for (const file of files) {
    if (file !== kept && !file.wasUsed) {
      file.free();
      return;
    }
    file.wasUsed = false;
    files.delete(file);
    files.add(file);
  }
}
