import net from "node:net";
import { clearTimeout, setTimeout } from "node:timers";
import type { Address, Connection, Listener, Network, RangeTransfer } from "../../src/runtime.ts";
import { CLOSED_SOCKET, type FileSender, UNTOLD_SOCKET } from "../shared/network/file-sender.ts";
import { hostAddresses } from "../shared/network/host-addresses.ts";
import type { NetworkEnvironment } from "../shared/network/network-environment.ts";
import { socketAddress } from "../shared/network/socket-address.ts";
import { StreamConnection } from "../shared/network/stream-connection.ts";
import { systemError } from "../shared/system-error.ts";
import { type HandleOf, handleOf, readInto } from "./lent-buffer.ts";

const readBufferBytes = 64 * 1024;

/** No delay and keep-alive, as in Apache Kafka: a peer whose machine is gone is found out by the system, in the end. */
const socketOptions = { allowHalfOpen: true, noDelay: true, keepAlive: true };

/**
 * TCP by node:net. All sockets read into one buffer (`onread`): reads are delivered one at a time, so that a chunk is lent
 * to the core for as long as its callback runs, and an idle connection has no buffer at all.
 */
export function createNetwork(environment: NetworkEnvironment, handleOfSocket: HandleOf = handleOf): Network {
  const readBuffer = new Uint8Array(readBufferBytes);
  const told = (note: string) => environment.tellOnce(note);

  return {
    sentRanges: environment.sentRanges,
    resolve: hostAddresses,

    listen(address, options, accept) {
      const rangeTransfer = environment.chooseRangeTransfer(options);
      const sender = environment.senderFor(rangeTransfer, options);
      return new Promise<Listener>((resolve, reject) => {
        const server = net.createServer({ ...socketOptions, pauseOnConnect: true }, (socket) => {
          const connection = new NodeConnection(environment, handleOfSocket, sender);
          connection.adopt(readInto(socket, readBuffer, read, told, handleOfSocket));
          connection.open(accept);
        });
        server.once("error", reject);
        listenOn(server, address, options.backlog, () => {
          server.off("error", reject);
          // What fails later is an accept (EMFILE): the connection is lost, the listener lives on.
          server.on("error", (error) =>
            environment.log.write("warn", `Accepting a connection failed: ${error.message}`),
          );
          resolve(listenerOf(server, rangeTransfer));
        });
      });
    },

    connect(address, options, handler) {
      return new Promise<Connection>((resolve, reject) => {
        const connection = new NodeConnection(environment, handleOfSocket);
        const socket = net.connect({
          host: address.host,
          port: address.port,
          ...socketOptions,
          onread: { buffer: readBuffer, callback: read as (count: number, buffer: Uint8Array) => boolean },
        });
        // Nothing is read before the handler is there, and not then if it pauses.
        socket.pause();
        const timeout = setTimeout(() => {
          socket.destroy(
            systemError("ETIMEDOUT", `connect ${address.host}:${address.port} after ${options.timeoutMs} ms`),
          );
        }, options.timeoutMs);
        const failed = (error: Error): void => {
          clearTimeout(timeout);
          reject(error);
        };
        socket.once("error", failed);
        socket.once("connect", () => {
          clearTimeout(timeout);
          socket.off("error", failed);
          connection.adopt(socket);
          connection.open(handler);
          resolve(connection);
        });
      });
    },
  };
}

/**
 * An IPv4 address is bound at once (from Node 26.4). Given any host, Node takes the long way through a look-up and a test
 * of its answer for IPv6, whose pattern alone takes 8 ms to compile. Throws when the address can't be bound at once.
 */
function listenOn(server: net.Server, { host, port }: Address, backlog = 511, listening: () => void): void {
  if ("BoundSocket" in net && net.isIPv4(host)) server.listen(new net.BoundSocket({ host, port }), backlog, listening);
  else server.listen({ host: host === "" ? undefined : host, port, backlog }, listening);
}

class NodeConnection extends StreamConnection {
  declare local: Address;
  declare remote: Address;
  declare private socket: net.Socket;
  private readonly handleOf: HandleOf;
  private whenFlushed: ((error?: Error | null) => void) | undefined;
  /** Bytes of the last write that node:net has queued. */
  private keptBytes = 0;
  failure: Error | undefined;

  constructor(environment: NetworkEnvironment, handleOfSocket: HandleOf, sender?: FileSender) {
    super(environment, sender);
    this.handleOf = handleOfSocket;
  }

  adopt(socket: net.Socket): void {
    this.socket = socket;
    this.local = socketAddress(socket.localAddress, socket.localPort);
    this.remote = socketAddress(socket.remoteAddress, socket.remotePort);
    (socket as ConnectionSocket)[connectionKey] = this;
    socket.on("end", ended);
    socket.on("error", failed);
    socket.on("close", closed);
  }

  ended(): void {
    this.peerEnded();
  }

  closed(): void {
    this.finish(this.failure);
  }

  /** False stops the reading, which `pause()` has done already. */
  read(buffer: Uint8Array, count: number): boolean {
    this.deliver(buffer.subarray(0, count));
    return !this.paused;
  }

  write(bytes: Uint8Array): number {
    // A socket that has failed waits for its close event: nothing more goes out.
    if (this.socket.destroyed) return 0;
    this.whenFlushed ??= (error) => this.flushed(error);
    this.socket.write(bytes, this.whenFlushed);
    if (this.socket.writableLength === 0) return bytes.length;
    this.keptBytes = bytes.length;
    return 0;
  }

  private flushed(error?: Error | null): void {
    if (error || this.keptBytes === 0 || this.socket.writableLength > 0) return;
    const count = this.keptBytes;
    this.keptBytes = 0;
    this.written(count);
  }

  override descriptor(): number {
    return this.socket.destroyed ? CLOSED_SOCKET : (this.handleOf(this.socket)?.fd ?? UNTOLD_SOCKET);
  }

  protected shutDown(): void {
    this.socket.end();
  }

  protected destroy(): void {
    this.socket.destroy();
  }

  protected startReading(): void {
    this.socket.resume();
  }

  protected stopReading(): void {
    this.socket.pause();
  }
}

const connectionKey = Symbol("connection");

/** What is called back for it are the same functions for all connections. */
interface ConnectionSocket extends net.Socket {
  [connectionKey]: NodeConnection;
}

function read(this: net.Socket, count: number, buffer: Uint8Array): boolean {
  return (this as ConnectionSocket)[connectionKey].read(buffer, count);
}

function ended(this: net.Socket): void {
  (this as ConnectionSocket)[connectionKey].ended();
}

function failed(this: net.Socket, error: Error): void {
  (this as ConnectionSocket)[connectionKey].failure = error;
}

function closed(this: net.Socket): void {
  (this as ConnectionSocket)[connectionKey].closed();
}

function listenerOf(server: net.Server, rangeTransfer: RangeTransfer): Listener {
  const { address, port } = server.address() as net.AddressInfo;
  return {
    address: socketAddress(address, port),
    rangeTransfer,
    close() {
      // The port is free when this returns. The callback of `close` waits for the connections, which may stay.
      server.close();
      return Promise.resolve();
    },
  };
}
