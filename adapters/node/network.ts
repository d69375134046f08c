import net from "node:net";
import { clearTimeout, setTimeout } from "node:timers";
import type { Address, Connection, Listener, Network, RangeTransfer } from "../../src/runtime.ts";
import { hostAddresses } from "../shared/host-addresses.ts";
import type { NetworkEnvironment } from "../shared/network-environment.ts";
import { socketAddress } from "../shared/socket-address.ts";
import { StreamConnection } from "../shared/stream-connection.ts";
import { systemError } from "../shared/system-error.ts";

const readBufferBytes = 64 * 1024;

/**
 * TCP by node:net. All sockets read into one buffer (`onread`): reads are delivered one at a time, so that a chunk is lent
 * to the core for as long as its callback runs, and an idle connection has no buffer at all.
 */
export function createNetwork(environment: NetworkEnvironment): Network {
  const readBuffer = new Uint8Array(readBufferBytes);

  return {
    sentRanges: environment.sentRanges,
    resolve: hostAddresses,

    listen(address, options, accept) {
      const rangeTransfer = environment.chooseRangeTransfer(options);
      const sender = environment.senderFor(rangeTransfer, options);
      return new Promise<Listener>((resolve, reject) => {
        const server = net.createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true }, (socket) => {
          const connection = new NodeConnection(environment, sender);
          connection.adopt(withReadBuffer(socket, readBuffer, connection));
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
        const connection = new NodeConnection(environment);
        const socket = net.connect({
          host: address.host,
          port: address.port,
          allowHalfOpen: true,
          noDelay: true,
          onread: { buffer: readBuffer, callback: (count) => connection.read(readBuffer, count) },
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
  private readonly flushed = (error?: Error | null): void => {
    if (error || this.keptBytes === 0 || this.socket.writableLength > 0) return;
    const count = this.keptBytes;
    this.keptBytes = 0;
    this.written(count);
  };
  /** Bytes of the last write that node:net has queued. */
  private keptBytes = 0;

  adopt(socket: net.Socket): void {
    this.socket = socket;
    this.local = socketAddress(socket.localAddress, socket.localPort);
    this.remote = socketAddress(socket.remoteAddress, socket.remotePort);
    let failure: Error | undefined;
    socket.on("end", () => this.peerEnded());
    socket.on("error", (error) => {
      failure = error;
    });
    socket.on("close", () => this.finish(failure));
  }

  /** The callback of `onread`; false stops the reading, which `pause()` has done already. */
  read(buffer: Uint8Array, count: number): boolean {
    this.deliver(buffer.subarray(0, count));
    return !this.paused;
  }

  readChunk(chunk: Uint8Array): void {
    this.deliver(chunk);
  }

  protected write(bytes: Uint8Array): number {
    // A socket that has failed waits for its close event: nothing more goes out.
    if (this.socket.destroyed) return 0;
    this.socket.write(bytes, this.flushed);
    if (this.socket.writableLength === 0) return bytes.length;
    this.keptBytes = bytes.length;
    return 0;
  }

  protected override descriptor(): number {
    return this.socket.destroyed ? -1 : (handleOf(this.socket)?.fd ?? -1);
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

/**
 * node:net gives `onread` to sockets it connects but not to those it accepts. The accepted handle, which has not read
 * anything yet, moves into a socket that has it; where the handle is not to be had the socket reads as it always does.
 */
function withReadBuffer(accepted: net.Socket, buffer: Uint8Array, connection: NodeConnection): net.Socket {
  const handle = handleOf(accepted);
  if (handle === undefined) {
    accepted.on("data", (chunk: Buffer) => {
      connection.readChunk(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length));
    });
    // A listener for data sets the stream flowing; it flows when the connection says so.
    return accepted.pause();
  }
  const options = {
    handle,
    allowHalfOpen: true,
    pauseOnCreate: true,
    onread: { buffer, callback: (count: number) => connection.read(buffer, count) },
  };
  return new net.Socket(options as object as net.SocketConstructorOpts);
}

/** Node's own, below its streams, and not documented: what is not found there is done without. */
function handleOf(socket: net.Socket): { readonly fd?: number } | undefined {
  const { _handle: handle } = socket as unknown as { readonly _handle?: { readonly fd?: number } | null };
  return handle ?? undefined;
}

function listenerOf(server: net.Server, rangeTransfer: RangeTransfer): Listener {
  const { address, port } = server.address() as net.AddressInfo;
  return {
    address: socketAddress(address, port),
    rangeTransfer,
    close() {
      // The port is free when this returns. The callback of `close` never comes: it waits for sockets whose handles have
      // moved away.
      server.close();
      return Promise.resolve();
    },
  };
}
