import type { Address, Listener, Network, RangeTransfer } from "../../src/runtime.ts";
import { BufferPool } from "../shared/network/buffer-pool.ts";
import { CLOSED_SOCKET, type FileSender } from "../shared/network/file-sender.ts";
import { hostAddresses } from "../shared/network/host-addresses.ts";
import type { NetworkEnvironment } from "../shared/network/network-environment.ts";
import { listenOn, socketAddress } from "../shared/network/socket-address.ts";
import { StreamConnection } from "../shared/network/stream-connection.ts";
import { systemError } from "../shared/system-error.ts";
import { SlicedBuffers } from "./sliced-buffers.ts";
import { SocketInternals } from "./socket-internals.ts";

/** What a read of a connection that was quiet has room for: a pending read holds its buffer, so idle ones must be small. */
const quietReadBytes = 1024;
/** What a read has room for after one that filled its buffer. */
const busyReadBytes = 64 * 1024;
/** How many connections may wait for input with the large buffer. */
const maxBusyConnections = 64;

const READING_DEARLY =
  "sockets: each read that waits takes more memory, as this version of Deno does not show what is below TcpConn.read";

/** How long a write in progress may go on when the connection is closed. */
const maxLastWriteMs = 50;

/** What the connections of one Deno network share beyond the common things. */
class DenoEnvironment {
  readonly common: NetworkEnvironment;
  readonly internals: SocketInternals;
  readonly quietBuffers = new SlicedBuffers(quietReadBytes);
  readonly busyBuffers = new BufferPool(busyReadBytes, maxBusyConnections);
  busyConnections = 0;

  constructor(common: NetworkEnvironment, internals: SocketInternals) {
    this.common = common;
    this.internals = internals;
  }
}

/** TCP by Deno's own sockets: promises, turned into callbacks here. */
export function createNetwork(common: NetworkEnvironment, internals = new SocketInternals()): Network {
  const environment = new DenoEnvironment(common, internals);
  return {
    sentRanges: common.sentRanges,
    resolve: hostAddresses,

    async listen(address, options, accept) {
      const rangeTransfer = common.chooseRangeTransfer(options);
      const sender = common.senderFor(rangeTransfer, options);
      const listener = listenOn(address.host, (hostname) =>
        Deno.listen({ hostname, port: address.port, tcpBacklog: options.backlog }),
      );
      void acceptAll(listener, common, (socket) => new DenoConnection(environment, socket, sender).open(accept));
      return listenerOf(listener, rangeTransfer);
    },

    async connect(address, options, handler) {
      const abort = new AbortController();
      const timeout = setTimeout(() => abort.abort(), options.timeoutMs);
      let socket: Deno.TcpConn;
      try {
        socket = await Deno.connect({ hostname: address.host, port: address.port, signal: abort.signal });
      } catch (error) {
        if (!abort.signal.aborted) throw withCode(error as Error);
        throw systemError("ETIMEDOUT", `connect ${address.host}:${address.port} after ${options.timeoutMs} ms`);
      } finally {
        clearTimeout(timeout);
      }
      const connection = new DenoConnection(environment, socket);
      connection.open(handler);
      return connection;
    },
  };
}

async function acceptAll(
  listener: Deno.TcpListener,
  common: NetworkEnvironment,
  open: (socket: Deno.TcpConn) => void,
): Promise<void> {
  for (;;) {
    try {
      open(await listener.accept());
    } catch (error) {
      if (error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted) return;
      // Its peer has gone already, which says nothing of the next one.
      if (error instanceof Deno.errors.NotConnected || error instanceof Deno.errors.ConnectionAborted) continue;
      common.log.write("warn", `Accepting a connection failed: ${error}`);
      // Out of file descriptors, most likely: some time for connections to close.
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

class DenoConnection extends StreamConnection {
  readonly remote: Address;
  private readonly shared: DenoEnvironment;
  private readonly socket: Deno.TcpConn;
  private readonly resource: number;
  private isWriting = false;
  private isReading = false;
  private mayRead = false;
  /** The last read filled its buffer. */
  private isBusy = false;
  /** Lent to the read that waits. */
  private buffer: Uint8Array | undefined;
  private readonly whenRead = (count: number): void => this.haveRead(count);
  private readonly whenFailed = (error: Error): void => this.haveFailed(error);

  constructor(environment: DenoEnvironment, socket: Deno.TcpConn, sender?: FileSender) {
    super(environment.common, sender);
    this.shared = environment;
    this.socket = socket;
    this.resource = environment.internals.resourceOf(socket);
    if (this.resource < 0) environment.common.tellOnce(READING_DEARLY);
    this.remote = socketAddress(socket.remoteAddr.hostname, socket.remoteAddr.port);
    socket.setNoDelay(true);
    socket.setKeepAlive(true);
  }

  get local(): Address {
    const { hostname, port } = this.socket.localAddr;
    return socketAddress(hostname, port);
  }

  write(bytes: Uint8Array): number {
    this.isWriting = true;
    this.socket.write(bytes).then(
      (count) => {
        this.isWriting = false;
        if (this.finished) this.close();
        else this.written(count);
      },
      (error: Error) => this.fail(error),
    );
    return 0;
  }

  override descriptor(): number {
    return this.finished ? CLOSED_SOCKET : this.shared.internals.descriptorOf(this.socket);
  }

  protected shutDown(): void {
    this.socket.closeWrite().catch((error: Error) => this.fail(error));
  }

  protected destroy(): void {
    // The first write of a connection waits for Deno's next poll. A peer that does not read must not hold up the close.
    if (this.isWriting) setTimeout(() => this.close(), maxLastWriteMs);
    else this.close();
  }

  protected startReading(): void {
    this.mayRead = true;
    if (!this.isReading) this.readOn();
  }

  protected stopReading(): void {
    // A read in progress completes; what it brings is held back until resume.
    this.mayRead = false;
  }

  private readOn(): void {
    this.isReading = this.mayRead && !this.finished;
    if (!this.isReading) return;
    this.buffer = this.takeBuffer();
    this.shared.internals.read(this.socket, this.resource, this.buffer).then(this.whenRead, this.whenFailed);
  }

  private haveRead(count: number): void {
    const buffer = this.buffer!;
    this.isBusy = count === buffer.length;
    if (count > 0) this.deliver(buffer.subarray(0, count));
    this.giveBuffer(buffer);
    if (count === 0) {
      this.mayRead = false;
      this.peerEnded();
    }
    this.readOn();
  }

  private haveFailed(error: Error): void {
    this.giveBuffer(this.buffer!);
    this.isReading = false;
    this.fail(error);
  }

  private takeBuffer(): Uint8Array {
    const { shared } = this;
    if (!this.isBusy || shared.busyConnections >= maxBusyConnections) return shared.quietBuffers.take();
    shared.busyConnections++;
    return shared.busyBuffers.take();
  }

  private giveBuffer(buffer: Uint8Array): void {
    this.buffer = undefined;
    const { shared } = this;
    if (buffer.length === quietReadBytes) {
      shared.quietBuffers.give(buffer);
      return;
    }
    shared.busyConnections--;
    shared.busyBuffers.give(buffer);
  }

  private fail(error: Error): void {
    this.finish(error);
    this.close();
  }

  private close(): void {
    try {
      this.socket.close();
    } catch {
      // Closed already.
    }
  }
}

function listenerOf(listener: Deno.TcpListener, rangeTransfer: RangeTransfer): Listener {
  return {
    address: socketAddress(listener.addr.hostname, listener.addr.port),
    rangeTransfer,
    close() {
      try {
        listener.close();
      } catch {
        // Closed already.
      }
      return Promise.resolve();
    },
  };
}

/** Deno gives the system's name to all errors but those of the resolver. */
function withCode(error: Error & { code?: string }): Error {
  if (error.code !== undefined || !error.message.includes("lookup address")) return error;
  return systemError("ENOTFOUND", error.message);
}
