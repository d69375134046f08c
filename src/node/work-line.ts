import type { Slices } from "../log/slices.ts";
import type { Clock } from "../runtime.ts";

/**
 * Work that is done in order, one piece after the other. A piece begins at once when nothing is before it. Every slice but the
 * first runs in a turn of its own, so that requests are served in between.
 */
export class WorkLine {
  private readonly clock: Clock;
  private readonly failed: (error: Error) => void;
  private waiting: (() => Slices<void>)[] = [];
  private current: Slices<void> | undefined = undefined;
  private isBusy = false;

  /** `failed` gets what work throws in a later turn than that of the call that added it. */
  constructor(clock: Clock, failed: (error: Error) => void) {
    this.clock = clock;
    this.failed = failed;
  }

  add(work: () => Slices<void>): void {
    this.waiting.push(work);
    if (!this.isBusy) this.turn();
  }

  /** Calls back when everything added so far is done: within this call, if it is done already. */
  afterAll(done: () => void): void {
    if (!this.isBusy) done();
    else
      this.waiting.push(function* () {
        yield;
        done();
      });
  }

  /** Drops what is left; nobody is called back. */
  clear(): void {
    this.waiting = [];
    this.current = undefined;
  }

  private turn(): void {
    this.isBusy = true;
    this.current ??= this.waiting.shift()?.();
    const isDone = this.current?.next().done ?? true;
    if (isDone) this.current = undefined;
    if (isDone && this.waiting.length === 0) this.isBusy = false;
    else this.clock.defer(() => this.nextTurn());
  }

  private nextTurn(): void {
    try {
      this.turn();
    } catch (error) {
      this.failed(error as Error);
    }
  }
}
