import type { Clock } from "../../runtime.ts";

/** How long a move may wait for a disk, in milliseconds, before another one takes its turn. */
const SLOW_DISK_MS = 5_000;

/**
 * Limits how many moves are at work at the same time. A move that waits for a disk that hangs lends its slot, so for a while there
 * may be more moves than slots when the disk answers again.
 */
export class MoveSlots {
  readonly #clock: Clock;
  readonly #count: number;
  /** A slot is free. */
  readonly #freed: () => void;
  #taken = 0;

  constructor(clock: Clock, count: number, freed: () => void) {
    this.#clock = clock;
    this.#count = count;
    this.#freed = freed;
  }

  get hasFree(): boolean {
    return this.#taken < this.#count;
  }

  take(): void {
    this.#taken++;
  }

  giveBack(): void {
    this.#taken--;
    if (this.hasFree) this.#freed();
  }

  /** Waits for a disk. When that takes long the slot is lent, and `isSlow` called. */
  async lendDuring(waiting: Promise<void>, isSlow: () => void = () => {}): Promise<void> {
    let isLent = false;
    const cancel = this.#clock.schedule(SLOW_DISK_MS, () => {
      isLent = true;
      isSlow();
      this.giveBack();
    });
    try {
      await waiting;
    } finally {
      cancel();
      if (isLent) this.take();
    }
  }
}
