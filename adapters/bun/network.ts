import type net from "node:net";
import type { Socket, SocketHandler, TCPSocketListener } from "bun";
import type { Address, Connection, Listener, Network, RangeTransfer } from "../../src/runtime.ts";
import { type FileSender, UNTOLD_SOCKET } from "../shared/network/file-sender.ts";
import { hostAddresses } from "../shared/network/host-addresses.ts";
import type { NetworkEnvironment } from "../shared/network/network-environment.ts";
import { listenOn, socketAddress } from "../shared/network/socket-address.ts";
import { StreamConnection } from "../shared/network/stream-connection.ts";
import { systemError } from "../shared/system-error.ts";

type BunSocket = Socket<BunConnection>;

/** TCP by Bun's own sockets. Bun writes what the socket takes and queues nothing: the rest waits in our queue. */
export function createNetwork(environment: NetworkEnvironment, handleOfSocket: HandleOf = handleOf): Network {
  /** Where an attempt to connect was not answered in time, and none has succeeded since. */
  const silentPlaces = new Set<string>();
  return {
    sentRanges: environment.sentRanges,
    resolve: hostAddresses,

    /** The backlog is Bun's own, 512. */
    async listen(address, options, accept) {
      const rangeTransfer = environment.chooseRangeTransfer(options);
      const sender = environment.senderFor(rangeTransfer, options);
      return listenOn(address.host, (hostname) => {
        const listener = Bun.listen<BunConnection>({
          hostname,
          port: address.port,
          allowHalfOpen: true,
          socket: handlerOf((socket) => new BunConnection(environment, socket, sender).open(accept)),
        });
        return listenerOf(listener, hostname, rangeTransfer);
      });
    },

    connect(address, options, handler) {
      return new Promise<Connection>((resolve, reject) => {
        const place = `${address.host}:${address.port}`;
        let timeout: ReturnType<typeof setTimeout> | undefined;
        const opened = (socket: BunSocket): void => {
          clearTimeout(timeout);
          silentPlaces.delete(place);
          const connection = new BunConnection(environment, socket);
          connection.open(handler);
          resolve(connection);
        };
        const failed = (error: Error): void => {
          clearTimeout(timeout);
          reject(error);
        };
        const attempt = silentPlaces.has(place) ? attemptByNode : attemptByBun;
        const giveUp = attempt(address, opened, failed, handleOfSocket);
        timeout = setTimeout(() => {
          silentPlaces.add(place);
          giveUp();
          reject(systemError("ETIMEDOUT", `connect ${place} after ${options.timeoutMs} ms`));
        }, options.timeoutMs);
      });
    },
  };
}

type Attempt = (
  address: Address,
  opened: (socket: BunSocket) => void,
  failed: (error: Error) => void,
  handleOfSocket: HandleOf,
) => /** Gives it up. */ () => void;

/** An attempt that is given up keeps its socket until the system gives up, too, two minutes later. */
const attemptByBun: Attempt = ({ host, port }, opened, failed) => {
  let isGivenUp = false;
  Bun.connect<BunConnection>({
    hostname: host,
    port,
    allowHalfOpen: true,
    socket: handlerOf((socket) => {
      if (isGivenUp) socket.terminate();
      else opened(socket);
    }),
  }).catch(failed);
  return () => {
    isGivenUp = true;
  };
};

/**
 * An attempt that is given up is over. Takes 4 MB when it is first made, for node:net. What comes of it is a socket of
 * Bun's own all the same, which is not documented: without it, it is tried as always.
 */
const attemptByNode: Attempt = (address, opened, failed, handleOfSocket) => {
  const attempt = process.getBuiltinModule("node:net").connect({ ...address, allowHalfOpen: true });
  let giveUp = (): void => void attempt.destroy();
  attempt.once("error", failed);
  attempt.once("connect", () => {
    attempt.off("error", failed);
    const socket = handleOfSocket(attempt);
    if (socket === undefined) {
      attempt.destroy();
      giveUp = attemptByBun(address, opened, failed, handleOfSocket);
      return;
    }
    socket.reload({ socket: handlerOf(opened) });
    opened(socket);
  });
  return () => giveUp();
};

/** What a socket of node:net is made of; undefined when it is not to be had. */
export type HandleOf = (socket: net.Socket) => BunSocket | undefined;

function handleOf(socket: net.Socket): BunSocket | undefined {
  const { _handle: handle } = socket as unknown as { readonly _handle?: Partial<BunSocket> | null };
  return handle?.reload === undefined ? undefined : (handle as BunSocket);
}

class BunConnection extends StreamConnection {
  readonly local: Address;
  readonly remote: Address;
  private readonly socket: BunSocket;

  constructor(environment: NetworkEnvironment, socket: BunSocket, sender?: FileSender) {
    super(environment, sender);
    this.socket = socket;
    this.local = socketAddress(socket.localAddress, socket.localPort);
    this.remote = socketAddress(socket.remoteAddress, socket.remotePort);
    socket.data = this;
    socket.setNoDelay(true);
    socket.setKeepAlive(true);
  }

  received(chunk: Uint8Array): void {
    this.deliver(chunk);
  }

  drained(): void {
    this.written(0);
  }

  ended(): void {
    this.peerEnded();
  }

  closed(error: Error | undefined): void {
    // After a shutdown Bun tells the peer's end by the close alone.
    if (error === undefined) this.peerEnded();
    this.finish(error);
  }

  write(bytes: Uint8Array): number {
    const count = this.socket.write(bytes);
    if (count >= 0) return count;
    // Of one that is not being read Bun would say nothing else.
    this.finish(new Error("The peer has reset the connection"));
    this.destroy();
    return 0;
  }

  override descriptor(): number {
    // Of a socket that is closed Bun says what CLOSED_SOCKET is.
    return (this.socket as BunSocket & { readonly fd?: number }).fd ?? UNTOLD_SOCKET;
  }

  protected shutDown(): void {
    this.socket.shutdown();
  }

  protected destroy(): void {
    // Not terminate(): it resets, and the peer would lose answers that were sent already.
    this.socket.close();
  }

  protected startReading(): void {
    this.socket.resume();
  }

  protected stopReading(): void {
    this.socket.pause();
  }
}

function handlerOf(open: (socket: BunSocket) => void): SocketHandler<BunConnection> {
  return {
    // Plain bytes; the type says Buffer all the same.
    binaryType: "uint8array",
    open,
    data: (socket, chunk: Uint8Array) => socket.data.received(chunk),
    drain: (socket) => socket.data.drained(),
    end: (socket) => socket.data.ended(),
    close: (socket, error) => socket.data?.closed(error),
    error: (socket, error) => socket.data?.closed(error),
  };
}

function listenerOf(listener: TCPSocketListener<BunConnection>, host: string, rangeTransfer: RangeTransfer): Listener {
  return {
    address: socketAddress(host, listener.port),
    rangeTransfer,
    close() {
      listener.stop(false);
      return Promise.resolve();
    },
  };
}
