import type { Random } from "../../src/runtime.ts";
import type { Scheduler } from "./scheduler.ts";

const MIN_DELAY_MS = 0.2;
const MAX_JITTER_MS = 0.8;

/** The way from one computer to another; the way back is a link of its own. */
export class Link {
  /** What a fault adds to every delay. */
  addedMs = 0;
  readonly #scheduler: Scheduler;
  readonly #random: Random;
  readonly #isReceiverUp: () => boolean;
  /** Faults that have cut it. */
  #cuts = 0;
  readonly #blocked = new Set<Wire>();

  constructor(scheduler: Scheduler, random: Random, isReceiverUp: () => boolean) {
    this.#scheduler = scheduler;
    this.#random = random;
    this.#isReceiverUp = isReceiverUp;
  }

  get isCut(): boolean {
    return this.#cuts > 0;
  }

  /** Nothing arrives any more. As TCP repeats what is lost, it does later, if both ends still wait for it. */
  cut(): void {
    this.#cuts++;
  }

  heal(): void {
    this.#cuts--;
    this.retry();
  }

  /** Something has changed: what was not received is sent again. */
  retry(): void {
    if (!this.isOpen) return;
    for (const wire of this.#blocked) wire.retry();
    this.#blocked.clear();
  }

  /** For one direction of one connection. */
  wire(): Wire {
    return new Wire(this);
  }

  schedule(task: () => void): void {
    const jitterMs = (MAX_JITTER_MS * this.#random.integer(1024)) / 1024;
    this.#scheduler.schedule(MIN_DELAY_MS + jitterMs + this.addedMs, task);
  }

  block(wire: Wire): void {
    this.#blocked.add(wire);
  }

  get isOpen(): boolean {
    return !this.isCut && this.#isReceiverUp();
  }
}

/** What travels on it arrives in order; what meets a cut, or a computer that is off, is sent again when that has ended. */
export class Wire {
  readonly #link: Link;
  readonly #travelling: (() => void)[] = [];
  /** Arrivals that found nobody. */
  #missed = 0;

  constructor(link: Link) {
    this.#link = link;
  }

  carry(task: () => void): void {
    this.#travelling.push(task);
    this.#link.schedule(() => this.#arrived());
  }

  retry(): void {
    for (; this.#missed > 0; this.#missed--) this.#link.schedule(() => this.#arrived());
  }

  #arrived(): void {
    if (!this.#link.isOpen) {
      this.#missed++;
      this.#link.block(this);
    } else {
      this.#travelling.shift()!();
    }
  }
}
