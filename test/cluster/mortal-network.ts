import type {
  Address,
  Connection,
  ConnectionHandler,
  ConnectOptions,
  Listener,
  ListenOptions,
  Network,
} from "../../src/runtime.ts";

type Accept = (connection: Connection) => ConnectionHandler;

/** The network as one process has it: when that is killed, the system closes what it had open. */
export class MortalNetwork implements Network {
  private readonly network: Network;
  private readonly connections = new Set<Connection>();
  private readonly listeners = new Set<Listener>();
  private isDead = false;

  constructor(network: Network) {
    this.network = network;
  }

  get sentRanges() {
    return this.network.sentRanges;
  }

  async listen(address: Address, options: ListenOptions, accept: Accept): Promise<Listener> {
    const listener = await this.network.listen(address, options, (connection) => this.open(connection, accept));
    this.listeners.add(listener);
    return listener;
  }

  connect(address: Address, options: ConnectOptions, accept: Accept): Promise<Connection> {
    if (this.isDead) return new Promise(() => {});
    return this.network.connect(address, options, (connection) => this.open(connection, accept));
  }

  resolve(host: string): Promise<readonly string[]> {
    return this.network.resolve(host);
  }

  /** Listeners go, connections are reset, and nothing is delivered any more. */
  kill(): void {
    this.isDead = true;
    for (const listener of this.listeners) void listener.close();
    for (const connection of this.connections) connection.reset();
  }

  private open(connection: Connection, accept: Accept): ConnectionHandler {
    const handler = accept(connection);
    this.connections.add(connection);
    const alive = (deliver: () => void) => {
      if (!this.isDead) deliver();
    };
    return {
      received: (chunk) => alive(() => handler.received(chunk)),
      drained: () => alive(() => handler.drained()),
      ended: () => alive(() => handler.ended()),
      closed: (error) => {
        this.connections.delete(connection);
        alive(() => handler.closed(error));
      },
    };
  }
}
