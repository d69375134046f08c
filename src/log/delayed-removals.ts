import type { Cancel, Clock, FileSystem } from "../runtime.ts";

/**
 * Files and directories that have been renamed away and go for good after a while. What is left when the broker stops,
 * the next start removes.
 */
export class DelayedRemovals {
  readonly #files: FileSystem;
  readonly #clock: Clock;
  readonly #timers = new Set<Cancel>();

  constructor(runtime: { readonly files: FileSystem; readonly clock: Clock }) {
    this.#files = runtime.files;
    this.#clock = runtime.clock;
  }

  schedule(paths: readonly string[], delayMs: number): void {
    const cancel = this.#clock.schedule(delayMs, () => {
      this.#timers.delete(cancel);
      for (const path of paths) this.#files.remove(path);
    });
    this.#timers.add(cancel);
  }

  cancel(): void {
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
  }
}
