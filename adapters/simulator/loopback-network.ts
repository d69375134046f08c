import type {
  Address,
  Clock,
  Connection,
  ConnectionHandler,
  ConnectOptions,
  Listener,
  ListenOptions,
  LogSink,
  Network,
  Random,
  SentRanges,
} from "../../src/runtime.ts";
import { NetworkEnvironment } from "../shared/network/network-environment.ts";
import { systemError } from "../shared/system-error.ts";
import { LoopbackConnection, type LoopbackEnd } from "./loopback-connection.ts";

export interface LoopbackOptions {
  readonly clock: Clock;
  readonly log: LogSink;
  /** Given, sizes of pieces vary. */
  readonly random?: Random;
  /** One way. */
  readonly latencyMs?: number;
  /** What a receiver that does not read is sent before the sender must wait. */
  readonly windowBytes?: number;
}

type Accept = (connection: Connection) => ConnectionHandler;

interface Listening {
  readonly host: string;
  readonly accept: Accept;
}

/** What a receiver that does not read is sent before the sender must wait. */
export const DEFAULT_WINDOW_BYTES = 256 * 1024;
const firstEphemeralPort = 32_768;

/** TCP inside one process, for any number of runtimes that share it. Nothing happens but in tasks of its clock. */
export class LoopbackNetwork implements Network {
  private readonly clock: Clock;
  private readonly end: Omit<LoopbackEnd, "address">;
  private readonly latencyMs: number;
  private readonly listeners = new Map<number, Listening[]>();
  private readonly silentPorts = new Set<number>();
  private nextPort = firstEphemeralPort;

  constructor(options: LoopbackOptions) {
    const { clock, latencyMs = 0 } = options;
    this.clock = clock;
    this.latencyMs = latencyMs;
    this.end = {
      environment: new NetworkEnvironment({
        log: options.log,
        activity: { deliveries: 0 },
        defer: (task) => clock.defer(task),
        rangeHost: { platform: "none", architecture: "none", areFilesOnDisk: false, foreignFunctions: undefined },
      }),
      clock,
      readsOnArrival: () => false,
      random: options.random,
      windowBytes: options.windowBytes ?? DEFAULT_WINDOW_BYTES,
      travel: latencyMs > 0 ? (task) => void clock.schedule(latencyMs, task) : (task) => clock.defer(task),
    };
  }

  get sentRanges(): SentRanges {
    return this.end.environment.sentRanges;
  }

  listen(address: Address, options: ListenOptions, accept: Accept): Promise<Listener> {
    const port = address.port === 0 ? this.takePort() : address.port;
    const there = this.listeners.get(port) ?? [];
    if (there.some((other) => matches(other.host, address.host) || matches(address.host, other.host))) {
      return Promise.reject(systemError("EADDRINUSE", `address already in use ${address.host}:${port}`));
    }
    const listening = { host: address.host, accept };
    this.listeners.set(port, [...there, listening]);
    return Promise.resolve({
      address: { host: address.host === "" ? "::" : address.host, port },
      rangeTransfer: this.end.environment.chooseRangeTransfer(options),
      close: () => {
        const left = (this.listeners.get(port) ?? []).filter((other) => other !== listening);
        this.listeners.set(port, left);
        return Promise.resolve();
      },
    });
  }

  resolve(host: string): Promise<readonly string[]> {
    if (host === "localhost") return Promise.resolve(["127.0.0.1"]);
    if (/^[\d.]+$|:/.test(host)) return Promise.resolve([host]);
    return Promise.reject(systemError("ENOTFOUND", `no such host ${host}`));
  }

  connect(address: Address, options: ConnectOptions, handler: Accept): Promise<Connection> {
    return new Promise((resolve, reject) => {
      if (this.silentPorts.has(address.port)) {
        const text = `connect ${address.host}:${address.port} after ${options.timeoutMs} ms`;
        this.clock.schedule(options.timeoutMs, () => reject(systemError("ETIMEDOUT", text)));
        return;
      }
      this.clock.schedule(2 * this.latencyMs, () => {
        const there = this.listeners.get(address.port) ?? [];
        const listening = there.find((other) => matches(other.host, address.host));
        if (listening === undefined) {
          reject(systemError("ECONNREFUSED", `connect ${address.host}:${address.port}`));
          return;
        }
        const from = { host: address.host, port: this.takePort() };
        const [near, far] = LoopbackConnection.pair({ ...this.end, address: from }, { ...this.end, address });
        far.open(listening.accept);
        near.open(handler);
        resolve(near);
      });
    });
  }

  /** From now on nobody answers there, as behind a firewall that drops packets. */
  silence(port: number): void {
    this.silentPorts.add(port);
  }

  private takePort(): number {
    while ((this.listeners.get(this.nextPort)?.length ?? 0) > 0) this.nextPort++;
    return this.nextPort++;
  }
}

export function createLoopbackNetwork(options: LoopbackOptions): LoopbackNetwork {
  return new LoopbackNetwork(options);
}

/** Whether a listener of `bound` is reached by connecting to `host`. */
function matches(bound: string, host: string): boolean {
  return bound === "" || bound === "::" || bound === "0.0.0.0" || canonical(bound) === canonical(host);
}

function canonical(host: string): string {
  return host === "localhost" || host === "::1" ? "127.0.0.1" : host;
}
