import { spawnSync } from "node:child_process";

/**
 * Two network namespaces joined by a veth pair, as a container and its host are:
 *
 *     inside  127.0.0.1, 10.213.2.2 (reachable only from inside)  10.213.1.2 ---- 10.213.1.1  outside
 */
export class TwoNetworks implements Disposable {
  readonly inside: string;
  readonly outside: string;
  /** An address that only the inside has a route to. */
  readonly privateAddress = "10.213.2.2";
  readonly insideAddress = "10.213.1.2";
  readonly outsideAddress = "10.213.1.1";

  constructor(name: string) {
    this.inside = `${name}-in`;
    this.outside = `${name}-out`;
    this[Symbol.dispose]();
    ip("netns", "add", this.inside);
    ip("netns", "add", this.outside);
    ip("link", "add", "veth0", "netns", this.inside, "type", "veth", "peer", "name", "veth0", "netns", this.outside);
    for (const namespace of [this.inside, this.outside]) {
      ip("-n", namespace, "link", "set", "lo", "up");
      ip("-n", namespace, "link", "set", "veth0", "up");
    }
    ip("-n", this.inside, "addr", "add", `${this.insideAddress}/24`, "dev", "veth0");
    ip("-n", this.outside, "addr", "add", `${this.outsideAddress}/24`, "dev", "veth0");
    ip("-n", this.inside, "addr", "add", `${this.privateAddress}/32`, "dev", "lo");
  }

  /** The same command, run in a namespace; it keeps its pid. */
  static in(namespace: string, command: readonly string[]): string[] {
    return ["ip", "netns", "exec", namespace, ...command];
  }

  static arePermitted(): boolean {
    const name = `polylog-permitted-${process.pid}`;
    const permitted = spawnSync("ip", ["netns", "add", name]).status === 0;
    if (permitted) spawnSync("ip", ["netns", "del", name]);
    return permitted;
  }

  [Symbol.dispose](): void {
    for (const namespace of [this.inside, this.outside]) spawnSync("ip", ["netns", "del", namespace]);
  }
}

function ip(...args: string[]): void {
  const { status, stderr } = spawnSync("ip", args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`ip ${args.join(" ")}: ${stderr}`);
}
