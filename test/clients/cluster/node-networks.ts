import { spawnSync } from "node:child_process";

const SUBNET = "10.214.7";
const NETWORK_LIMIT_MS = 20_000;

/**
 * A network namespace for each node, all of them on one bridge, where the caller is too:
 *
 *     caller 10.214.7.254 ---- bridge ---- 10.214.7.1 node 1
 *                                    \---- 10.214.7.2 node 2 ...
 *
 * Packets between them can be dropped: nobody is told, as when a cable is pulled.
 */
export class NodeNetworks {
  private readonly name: string;
  private readonly ids: readonly number[];
  private readonly remove = () => this.dispose();

  constructor(count: number) {
    this.name = `polylog${process.pid}`;
    this.ids = Array.from({ length: count }, (_, index) => index + 1);
    process.once("exit", this.remove);
    ip("link", "add", this.bridge, "type", "bridge");
    ip("addr", "add", `${SUBNET}.254/24`, "dev", this.bridge);
    ip("link", "set", this.bridge, "up");
    for (const id of this.ids) this.add(id);
  }

  static arePermitted(): boolean {
    const name = `polylog-permitted-${process.pid}`;
    const isPermitted = attempt("ip", ["netns", "add", name]).status === 0;
    if (!isPermitted) return false;
    const hasFilter = attempt("ip", ["netns", "exec", name, "iptables", "-S"]).status === 0;
    attempt("ip", ["netns", "del", name]);
    return hasFilter;
  }

  host(id: number): string {
    return `${SUBNET}.${id}`;
  }

  /** The same command, run where the node is; it keeps its pid. */
  in(id: number, command: readonly string[]): string[] {
    return ["ip", "netns", "exec", this.namespace(id), ...command];
  }

  /** Drops every packet between this node and the others, and with `all` those of the caller too. */
  cutOff(id: number, all: boolean): void {
    const others = this.ids.filter((other) => other !== id);
    for (const other of others) {
      this.filter(id, "-A", "INPUT", "-s", this.host(other), "-j", "DROP");
      this.filter(other, "-A", "INPUT", "-s", this.host(id), "-j", "DROP");
    }
    if (!all) return;
    this.filter(id, "-A", "INPUT", "-s", `${SUBNET}.254`, "-j", "DROP");
    this.filter(id, "-A", "OUTPUT", "-d", `${SUBNET}.254`, "-j", "DROP");
  }

  heal(): void {
    for (const id of this.ids) this.filter(id, "-F");
  }

  dispose(): void {
    process.off("exit", this.remove);
    for (const id of this.ids) {
      // By itself it would go some time after its namespace, and its name be taken until then.
      attempt("ip", ["link", "del", this.cable(id)]);
      attempt("ip", ["netns", "del", this.namespace(id)]);
    }
    attempt("ip", ["link", "del", this.bridge]);
  }

  private add(id: number): void {
    const namespace = this.namespace(id);
    const cable = this.cable(id);
    ip("netns", "add", namespace);
    ip("link", "add", cable, "type", "veth", "peer", "name", "eth0", "netns", namespace);
    ip("link", "set", cable, "master", this.bridge, "up");
    ip("-n", namespace, "addr", "add", `${this.host(id)}/24`, "dev", "eth0");
    for (const device of ["lo", "eth0"]) ip("-n", namespace, "link", "set", device, "up");
  }

  private filter(id: number, ...args: string[]): void {
    const [program, ...rest] = this.in(id, ["iptables", "-w", ...args]);
    run(program!, rest);
  }

  private namespace(id: number): string {
    return `${this.name}-${id}`;
  }

  private cable(id: number): string {
    return `${this.name}-${id}`;
  }

  /** Names of devices have at most 15 characters. */
  private get bridge(): string {
    return `${this.name}-b`;
  }
}

function ip(...args: string[]): void {
  run("ip", args);
}

function run(program: string, args: readonly string[]): void {
  const { status, stderr } = attempt(program, args);
  if (status !== 0) throw new Error(`${program} ${args.join(" ")} failed: ${stderr}`);
}

function attempt(program: string, args: readonly string[]) {
  return spawnSync(program, args, { encoding: "utf8", timeout: NETWORK_LIMIT_MS });
}
