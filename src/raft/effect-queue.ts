import type { DiskWatch } from "../disk-watch.ts";
import { untilAnswered } from "../log/storage-guard.ts";
import { StalledDiskError } from "./metadata-log.ts";
import { needsDisk, type RaftEffect, type RaftEvent } from "./raft-event.ts";

type Persist = Extract<RaftEffect, { type: "persist" }>;
export type PerformedAtOnce = Exclude<RaftEffect, { type: "persist" }>;

export interface EffectQueueOptions {
  /** Undefined where the loop waits for the disk as it does for any other. */
  readonly disk: DiskWatch | undefined;
  readonly step: (event: RaftEvent) => RaftEffect[];
  readonly persist: (effect: Persist) => Promise<void>;
  /** Throws a {@link StalledDiskError} when the disk has not taken it. */
  readonly perform: (effect: PerformedAtOnce) => void;
  /** Nothing is left to do. */
  readonly rest: () => void;
  readonly onFailed: (error: Error) => void;
}

/** Only a disk that hangs lets so many come together, of replicas that ask again and again. */
const MAX_WAITING = 1_000;

/**
 * Events from outside and the effects of those that were stepped, one after the other: what an effect needs on disk is
 * there before the next one starts, and all of them before the next event is stepped. While the disk hangs nothing is.
 */
export class EffectQueue {
  readonly #options: EffectQueueOptions;
  readonly #events: RaftEvent[] = [];
  readonly #effects: RaftEffect[] = [];
  #isWorking = false;
  #working: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(options: EffectQueueOptions) {
    this.#options = options;
  }

  /** What others ask is not to be added any more. */
  get isFull(): boolean {
    return this.#events.length >= MAX_WAITING;
  }

  /** From outside: in its turn. */
  deliver(event: RaftEvent): void {
    if (this.#isClosed) return;
    this.#events.push(event);
    this.work();
  }

  /** What the log itself tells waits for nothing; its effects are the last ones, until there is {@link work}. */
  step(event: RaftEvent): void {
    this.#effects.push(...this.#options.step(event));
  }

  work(): void {
    if (this.#isWorking) return;
    this.#isWorking = true;
    this.#working = this.#work();
  }

  /** Resolves when what is under way is done. */
  settled(): Promise<void> {
    return this.#working;
  }

  /** What still waits is never done. */
  close(): void {
    this.#isClosed = true;
  }

  async #work(): Promise<void> {
    const { disk, persist, rest, onFailed } = this.#options;
    try {
      while (!this.#isClosed) {
        const effect = this.#effects.shift();
        const event = effect === undefined ? this.#events.shift() : undefined;
        if (effect === undefined && event === undefined) break;
        if (this.#mustWaitBefore(effect)) await untilAnswered(disk!);
        if (this.#isClosed) break;
        if (effect?.type === "persist") await persist(effect);
        else if (effect !== undefined) this.#performUnlessStalled(effect);
        else if (event !== undefined) this.step(event);
      }
      rest();
    } catch (error) {
      onFailed(error as Error);
    } finally {
      this.#isWorking = false;
    }
  }

  #mustWaitBefore(effect: RaftEffect | undefined): boolean {
    const { disk } = this.#options;
    if (disk === undefined) return false;
    return effect !== undefined && needsDisk(effect) ? !disk.answers() : disk.isStalled;
  }

  /** What the disk has not taken is done again when it answers. */
  #performUnlessStalled(effect: PerformedAtOnce): void {
    try {
      this.#options.perform(effect);
    } catch (error) {
      if (!(error instanceof StalledDiskError)) throw error;
      this.#effects.unshift(effect);
    }
  }
}
