import type { Address, Random } from "../../src/runtime.ts";
import { Link } from "./link.ts";
import type { ProcessNetwork } from "./process-network.ts";
import type { Scheduler } from "./scheduler.ts";

/** A computer as others reach it. */
class Host {
  isUp = true;
  /** By port. */
  readonly listening = new Map<number, ProcessNetwork>();
  /** The links to it, by where they come from. */
  readonly links = new Map<string, Link>();
}

/** Computers by name, and the links between them. */
export class Internet {
  readonly #scheduler: Scheduler;
  readonly #random: Random;
  readonly #hosts = new Map<string, Host>();

  constructor(scheduler: Scheduler, random: Random) {
    this.#scheduler = scheduler;
    this.#random = random;
  }

  link(from: string, to: string): Link {
    const host = this.#host(to);
    let link = host.links.get(from);
    if (link === undefined) {
      link = new Link(this.#scheduler, this.#random, () => host.isUp);
      host.links.set(from, link);
    }
    return link;
  }

  setUp(name: string, isUp: boolean): void {
    const host = this.#host(name);
    host.isUp = isUp;
    for (const link of host.links.values()) link.retry();
  }

  listeners(name: string): Map<number, ProcessNetwork> {
    return this.#host(name).listening;
  }

  /** Who listens at an address. */
  listener({ host, port }: Address): ProcessNetwork | undefined {
    return this.#hosts.get(host)?.listening.get(port);
  }

  #host(name: string): Host {
    let host = this.#hosts.get(name);
    if (host === undefined) {
      host = new Host();
      this.#hosts.set(name, host);
    }
    return host;
  }
}
