import type { FileSystem } from "../runtime.ts";
import { AtomicFile } from "./atomic-file.ts";
import { decodeCheckpoint, encodeCheckpoint, parseIntegers } from "./checkpoint-text.ts";

export const RECOVERY_POINT_CHECKPOINT = "recovery-point-offset-checkpoint";
export const LOG_START_OFFSET_CHECKPOINT = "log-start-offset-checkpoint";
export const HIGH_WATERMARK_CHECKPOINT = "replication-offset-checkpoint";
export const CLEANER_CHECKPOINT = "cleaner-offset-checkpoint";

export interface CheckpointEntry {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** One offset for each partition of a log directory, keyed `<topic>-<partition>`. */
export class OffsetCheckpoint {
  readonly #file: AtomicFile;
  #written: string | undefined = undefined;
  #writing: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined = undefined;
  #isClosed = false;

  constructor(files: FileSystem, path: string) {
    this.#file = new AtomicFile(files, path);
  }

  get path(): string {
    return this.#file.path;
  }

  /** Throws when the file is there and is not what it should be. */
  read(): Map<string, number> {
    const offsets = new Map<string, number>();
    for (const entry of decodeCheckpoint(this.#file.read() ?? new Uint8Array(0))) {
      const [topic, ...numbers] = entry.split(/\s+/);
      const [partition, offset] = parseIntegers(entry, numbers);
      if (topic === undefined || partition === undefined || offset === undefined || numbers.length !== 2) {
        throw new Error(`Malformed checkpoint entry ${JSON.stringify(entry)}`);
      }
      offsets.set(`${topic}-${partition}`, offset);
    }
    return offsets;
  }

  /**
   * Resolves when what the entries are now, or later, is on the disk. They are asked for when their turn has come: those
   * who ask while another write is under way share the next one.
   */
  write(entries: () => Iterable<CheckpointEntry>): Promise<void> {
    this.#next ??= this.#writing
      .catch(() => {})
      .then(() => {
        this.#next = undefined;
        this.#writing = this.#isClosed ? Promise.resolve() : this.#write(entries());
        return this.#writing;
      });
    return this.#next;
  }

  /** Nothing is written any more. */
  close(): void {
    this.#isClosed = true;
    this.#file.close();
  }

  /** Does nothing when it holds the same already. */
  async #write(entries: Iterable<CheckpointEntry>): Promise<void> {
    const lines = Array.from(entries, ({ topic, partition, offset }) => `${topic} ${partition} ${offset}`);
    const content = lines.join("\n");
    if (content === this.#written) return;
    await this.#file.write(() => encodeCheckpoint(lines));
    this.#written = content;
  }
}
