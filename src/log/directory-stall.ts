import type { DiskWatchEvents } from "../disk-watch.ts";
import type { Cancel, Clock, LogSink } from "../runtime.ts";

export interface DirectoryStallOptions {
  readonly path: string;
  readonly runtime: { readonly clock: Clock; readonly log: LogSink };
  /** How long the directory may be stalled before it is taken out of use. */
  readonly timeoutMs: number;
  readonly failed: (error: Error) => void;
}

/** Tells of a log directory whose disk does not answer, and gives it up after a while. */
export class DirectoryStall implements DiskWatchEvents {
  readonly #options: DirectoryStallOptions;
  #cancel: Cancel = () => {};

  constructor(options: DirectoryStallOptions) {
    this.#options = options;
  }

  stalled(): void {
    const { path, runtime, timeoutMs, failed } = this.#options;
    runtime.log.write(
      "warn",
      `Log directory ${path} does not answer: what is sent to its partitions waits for a while, then it is refused with KAFKA_STORAGE_ERROR until the directory answers; after ${timeoutMs} ms it is out of use`,
    );
    this.#cancel = runtime.clock.schedule(timeoutMs, () =>
      failed(new Error(`Its file system has not answered for ${timeoutMs} ms`)),
    );
  }

  answered(afterMs: number): void {
    this.close();
    const { path, runtime } = this.#options;
    runtime.log.write("info", `Log directory ${path} answers again, after ${Math.round(afterMs)} ms`);
  }

  failed(error: Error): void {
    this.close();
    this.#options.failed(error);
  }

  unwatched(reason: string): void {
    const { path, runtime } = this.#options;
    const line = `Log directory ${path} is not watched, as no thread can be started (${reason}): if its disk hangs, so does the broker`;
    runtime.log.write("warn", line);
  }

  /** Whatever becomes of it, it is not given up. */
  close(): void {
    this.#cancel();
  }
}
