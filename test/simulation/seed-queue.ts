import type { SimulateOptions } from "./command-line.ts";
import type { SeedResult, SeedTask } from "./seed-process.ts";

/** What the processes of `npm run simulate` share: all seeds first, then those again that are to be replayed. */
export class SeedQueue {
  readonly #options: SimulateOptions;
  readonly #hasTime: () => boolean;
  #begun = 0;
  readonly #replays: SeedTask[] = [];

  constructor(options: SimulateOptions, hasTime: () => boolean) {
    this.#options = options;
    this.#hasTime = hasTime;
  }

  /** Undefined when there is nothing more, or no more time. */
  next(): SeedTask | undefined {
    if (!this.#hasTime()) return undefined;
    const { firstSeed, seedCount, hours, isVerbose } = this.#options;
    if (this.#begun === seedCount) return this.#replays.shift();
    return { seed: firstSeed + this.#begun++, hours, expectedHash: undefined, isVerbose };
  }

  done({ seed, report, isReplay }: SeedResult): void {
    const { firstSeed, hours, replayEvery } = this.#options;
    const isReplayed = (seed - firstSeed + 1) % replayEvery === 0;
    if (report === undefined || isReplay || !isReplayed) return;
    this.#replays.push({ seed, hours, expectedHash: report.traceHash, isVerbose: false });
  }
}
