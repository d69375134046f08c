import { LeaderWatch } from "./leader-watch.ts";
import type { Peer } from "./peer-requests.ts";
import type { RaftDriverOptions } from "./raft-driver-options.ts";
import type { RaftEffect, RaftEvent } from "./raft-event.ts";
import { RaftSender } from "./raft-sender.ts";

export interface RaftPeersOptions
  extends Pick<RaftDriverOptions, "runtime" | "local" | "listenerName" | "timeouts" | "fastFailover"> {
  /** Who leads, as far as this node knows; an id of -1 for nobody. */
  readonly leader: () => { readonly id: number; readonly epoch: number };
  /** For what peers answer, and what becomes of them. */
  readonly deliver: (event: RaftEvent) => void;
}

/** The other replicas of the metadata log: what is sent to them, and whether their processes are still there. */
export class RaftPeers {
  readonly #options: RaftPeersOptions;
  readonly #sender: RaftSender;
  readonly #watch: LeaderWatch;

  constructor(options: RaftPeersOptions) {
    const { runtime, local, listenerName, timeouts, leader, deliver } = options;
    this.#options = options;
    this.#watch = new LeaderWatch({ runtime, leader, onGone: (nodeId) => deliver({ type: "gone", nodeId }) });
    this.#sender = new RaftSender({
      runtime,
      nodeId: local.id,
      listenerName,
      requestTimeoutMs: timeouts.requestTimeoutMs,
      onBroken: (peer) => this.#broken(peer),
    });
  }

  /** What is answered, or that nothing is, comes as an event. */
  send({ id, peer, request }: Extract<RaftEffect, { type: "send" }>): void {
    const { deliver } = this.#options;
    void this.#sender.send(peer, request).then((response) => deliver({ type: "response", id, peer, response }));
  }

  /** Another node leads; below 0 nobody is known to. */
  followed(leaderId: number): void {
    this.#watch.follows(leaderId);
  }

  /** See {@link LeaderWatch.takeGone}. */
  takeGoneLeader(): number | undefined {
    return this.#watch.takeGone();
  }

  close(): void {
    this.#sender.close();
  }

  #broken(peer: Peer): void {
    if (!this.#options.fastFailover) return;
    this.#options.deliver({ type: "broken", nodeId: peer.id });
    void this.#watch.broken(peer);
  }
}
