import type {
  Address,
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
import type { Internet } from "./internet.ts";
import { LoopbackConnection, type LoopbackEnd } from "./loopback-connection.ts";
import { DEFAULT_WINDOW_BYTES } from "./loopback-network.ts";
import type { ProcessClock } from "./process-clock.ts";

type Accept = (connection: Connection) => ConnectionHandler;

export interface ProcessNetworkOptions {
  readonly internet: Internet;
  /** The computer's name. */
  readonly host: string;
  readonly clock: ProcessClock;
  readonly random: Random;
  readonly log: LogSink;
}

const FIRST_EPHEMERAL_PORT = 32_768;

/** What one process has of the network of a simulation: TCP over links that delay, and are cut. */
export class ProcessNetwork implements Network {
  readonly #internet: Internet;
  readonly #host: string;
  readonly #clock: ProcessClock;
  readonly #end: Omit<LoopbackEnd, "address" | "travel">;
  readonly #accepts = new Map<number, Accept>();
  readonly #connections = new Set<LoopbackConnection>();
  #nextPort = FIRST_EPHEMERAL_PORT;
  #isDead = false;

  constructor({ internet, host, clock, random, log }: ProcessNetworkOptions) {
    this.#internet = internet;
    this.#host = host;
    this.#clock = clock;
    this.#end = {
      environment: new NetworkEnvironment({
        log,
        activity: { deliveries: 0 },
        defer: (task) => clock.defer(task),
        rangeHost: { platform: "none", architecture: "none", areFilesOnDisk: false, foreignFunctions: undefined },
      }),
      clock,
      readsOnArrival: () => clock.isRunning,
      random,
      windowBytes: DEFAULT_WINDOW_BYTES,
    };
  }

  get sentRanges(): SentRanges {
    return this.#end.environment.sentRanges;
  }

  async listen({ port }: Address, options: ListenOptions, accept: Accept): Promise<Listener> {
    const listeners = this.#internet.listeners(this.#host);
    if (listeners.has(port)) throw systemError("EADDRINUSE", `address already in use ${this.#host}:${port}`);
    listeners.set(port, this);
    this.#accepts.set(port, accept);
    return {
      address: { host: this.#host, port },
      rangeTransfer: this.#end.environment.chooseRangeTransfer(options),
      close: async () => this.#unlisten(port),
    };
  }

  /** Computers have no addresses but their names. */
  resolve(host: string): Promise<readonly string[]> {
    return Promise.resolve([host]);
  }

  connect(address: Address, { timeoutMs }: ConnectOptions, handler: Accept): Promise<Connection> {
    const name = `connect ${address.host}:${address.port}`;
    const there = this.#internet.link(this.#host, address.host).wire();
    const back = this.#internet.link(address.host, this.#host).wire();
    return new Promise((resolve, reject) => {
      let isOver = false;
      const cancel = this.#clock.schedule(timeoutMs, () => {
        isOver = true;
        reject(systemError("ETIMEDOUT", `${name} after ${timeoutMs} ms`));
      });
      const answered = (settle: () => void) => {
        if (isOver) return;
        cancel();
        settle();
      };
      there.carry(() => {
        const listening = this.#internet.listener(address);
        if (listening === undefined) {
          const refused = () => reject(systemError("ECONNREFUSED", name));
          back.carry(() => this.#clock.defer(() => answered(refused)));
          return;
        }
        const [near, far] = LoopbackConnection.pair(
          {
            ...this.#end,
            address: { host: this.#host, port: this.#nextPort++ },
            travel: (task) => there.carry(task),
          },
          { ...listening.#end, address, travel: (task) => back.carry(task) },
        );
        listening.#accepted(far, address.port);
        back.carry(() => {
          if (isOver || this.#isDead) return near.reset();
          this.#connections.add(near);
          this.#clock.defer(() =>
            answered(() => {
              near.open((connection) => this.#tracked(near, handler(connection)));
              resolve(near);
            }),
          );
        });
      });
    });
  }

  /** The process is killed: listeners go, and connections are closed by the system. */
  kill(): void {
    this.#isDead = true;
    for (const port of [...this.#accepts.keys()]) this.#unlisten(port);
    for (const connection of this.#connections) connection.reset();
    this.#connections.clear();
  }

  /** The computer loses its power: nobody is told. */
  vanish(): void {
    for (const connection of this.#connections) connection.vanish();
    this.#connections.clear();
    this.kill();
  }

  /** A fault of the network. */
  breakConnections(): void {
    for (const connection of this.#connections) connection.break();
  }

  #accepted(far: LoopbackConnection, port: number): void {
    const accept = this.#accepts.get(port)!;
    this.#connections.add(far);
    this.#clock.defer(() => far.open((connection) => this.#tracked(far, accept(connection))));
  }

  #tracked(connection: LoopbackConnection, handler: ConnectionHandler): ConnectionHandler {
    return {
      received: (chunk) => handler.received(chunk),
      drained: () => handler.drained(),
      ended: () => handler.ended(),
      closed: (error) => {
        this.#connections.delete(connection);
        handler.closed(error);
      },
    };
  }

  #unlisten(port: number): void {
    this.#accepts.delete(port);
    const listeners = this.#internet.listeners(this.#host);
    if (listeners.get(port) === this) listeners.delete(port);
  }
}
