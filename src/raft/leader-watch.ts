import { isProcessGone } from "../client/gone-process.ts";
import type { Runtime } from "../runtime.ts";
import type { Peer } from "./peer-requests.ts";

export interface LeaderWatchOptions {
  readonly runtime: Pick<Runtime, "clock" | "network" | "log">;
  readonly leader: () => { readonly id: number; readonly epoch: number };
  readonly onGone: (nodeId: number) => void;
}

/** Finds out whether the process of the leader is gone, when a connection to it has broken: then nobody has to wait for it. */
export class LeaderWatch {
  readonly #options: LeaderWatchOptions;
  #isLooking = false;
  #goneId: number | undefined = undefined;

  constructor(options: LeaderWatchOptions) {
    this.#options = options;
  }

  /** A connection that was open has broken. */
  async broken(peer: Peer): Promise<void> {
    const { runtime, leader, onGone } = this.#options;
    const { id, epoch } = leader();
    if (this.#isLooking || id < 0 || peer.id !== id) return;
    this.#isLooking = true;
    const isGone = await isProcessGone(runtime, peer);
    this.#isLooking = false;
    if (leader().id !== id || leader().epoch !== epoch) return;
    if (!isGone) {
      runtime.log.write(
        "info",
        `Controller ${id} is not considered gone: ${peer.host}:${peer.port} does not refuse connections`,
      );
      return;
    }
    this.#goneId = id;
    runtime.log.write("warn", `Controller ${id} is gone: nothing listens at ${peer.host}:${peer.port}`);
    onGone(id);
  }

  /** Another node leads; below 0 nobody is known to. */
  follows(leaderId: number): void {
    if (leaderId >= 0) this.#goneId = undefined;
  }

  /** Once: the last other node that has led, if its process was found to be gone. */
  takeGone(): number | undefined {
    const id = this.#goneId;
    this.#goneId = undefined;
    return id;
  }
}
