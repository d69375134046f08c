import { InvariantViolation } from "./checker.ts";

export interface LivenessOptions {
  /** Lets time go on until the condition holds; false when it does not within the limit. */
  readonly within: (limitMs: number, condition: () => boolean) => Promise<boolean>;
}

/**
 * Once every fault is healed, everything works again within a bounded time: all brokers are in, all replicas in sync,
 * and every client goes on. Holds under every fault that is healed.
 */
export class Liveness {
  readonly name = "Liveness";
  readonly #options: LivenessOptions;

  constructor(options: LivenessOptions) {
    this.#options = options;
  }

  /** `missing` tells what is still to come; undefined for nothing. */
  async expect(limitMs: number, missing: () => string | undefined): Promise<void> {
    if (await this.#options.within(limitMs, () => missing() === undefined)) return;
    throw new InvariantViolation(this.name, `${limitMs} ms after everything was healed: ${missing()}`);
  }
}
