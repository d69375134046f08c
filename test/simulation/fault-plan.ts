import type { SeededRandom } from "../../adapters/simulator/index.ts";
import type { Cluster } from "./cluster.ts";
import type { ActiveFault, Fault, FaultContext } from "./faults/fault.ts";

export interface FaultPlanOptions {
  readonly cluster: Cluster;
  readonly random: SeededRandom;
  readonly faults: readonly Fault[];
  /** Between two faults. */
  readonly maxPauseMs: number;
  readonly mayLosePower: () => boolean;
  readonly mayReplaceDisk: () => boolean;
  readonly mayKill: () => boolean;
  readonly tell: (text: string) => void;
}

const MAX_DURATION_MS = 16_000;

/** Has one fault after the other strike, and heals each after a while; several plans may go on at once. */
export class FaultPlan {
  /** How often each kind has struck. */
  readonly struck = new Map<string, number>();
  readonly #options: FaultPlanOptions;
  #active: ActiveFault | undefined;
  #isOver = false;

  constructor(options: FaultPlanOptions) {
    this.#options = options;
    this.#wait();
  }

  /** Makes good what is wrong. */
  end(): void {
    this.#isOver = true;
    this.#heal();
  }

  #wait(): void {
    const { cluster, random, maxPauseMs } = this.#options;
    cluster.scheduler.schedule(500 + random.integer(maxPauseMs), () => this.#strike());
  }

  #strike(): void {
    const { cluster, random, faults, mayLosePower, mayReplaceDisk, mayKill, tell } = this.#options;
    if (this.#isOver) return;
    const fault = faults[random.integer(faults.length)]!;
    const context: FaultContext = { cluster, random, mayLosePower, mayReplaceDisk, mayKill };
    this.#active = fault.strike(context);
    if (this.#active === undefined) {
      this.#wait();
      return;
    }
    tell(this.#active.text);
    this.struck.set(fault.kind, (this.struck.get(fault.kind) ?? 0) + 1);
    cluster.scheduler.schedule(200 + random.integer(MAX_DURATION_MS), () => {
      if (this.#isOver) return;
      this.#heal();
      this.#wait();
    });
  }

  #heal(): void {
    if (this.#active === undefined) return;
    this.#options.tell(`healed: ${this.#active.text}`);
    this.#active.heal();
    this.#active = undefined;
  }
}
