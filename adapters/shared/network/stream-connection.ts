import type { Address, Connection, ConnectionHandler, Part } from "../../../src/runtime.ts";
import { type FileSender, UNTOLD_SOCKET } from "./file-sender.ts";
import type { NetworkEnvironment } from "./network-environment.ts";
import { type OutgoingSocket, OutgoingStream } from "./outgoing-stream.ts";

/** Above this many queued bytes `send()` asks the sender to wait. */
const highWaterBytes = 256 * 1024;

/**
 * A connection over a runtime's socket. Everything that must be alike everywhere is here: the write queue, back-pressure,
 * holding back what arrives after `pause()`, both half-closes, the one call of `closed()`, and handlers that throw. The
 * runtime's part is a handful of primitives.
 *
 * No callback of the handler runs inside a call of the connection: the core may call from anywhere.
 *
 * There may be thousands that are idle: what only some need is made when it is needed.
 */
export abstract class StreamConnection implements Connection, OutgoingSocket {
  abstract readonly local: Address;
  abstract readonly remote: Address;
  protected readonly environment: NetworkEnvironment;
  private readonly sender: FileSender | undefined;
  private handler: ConnectionHandler | undefined;
  private outgoing: OutgoingStream | undefined;
  private owesDrained = false;
  private isPaused = false;
  private isEnding = false;
  private hasShutDown = false;
  private hasPeerEnded = false;
  private isFinished = false;
  /** What arrived while paused: chunks, then the peer's end. */
  private held: Uint8Array[] | undefined;
  private isEndHeld = false;
  private isDeliveringHeld = false;

  /** Without a sender, ranges of files are copied. */
  constructor(environment: NetworkEnvironment, sender?: FileSender) {
    this.environment = environment;
    this.sender = sender;
  }

  /** Writes or keeps a beginning of `bytes` and returns how much is done with; for the rest it calls {@link written}. */
  abstract write(bytes: Uint8Array): number;
  /** Half-closes: everything has been written. */
  protected abstract shutDown(): void;
  /** Closes at once as close(2) does: what the operating system has is still sent. */
  protected abstract destroy(): void;
  protected abstract startReading(): void;
  protected abstract stopReading(): void;

  /** See {@link OutgoingSocket.descriptor}. */
  descriptor(): number {
    return UNTOLD_SOCKET;
  }

  /** Hands the connection to the core and begins to read, unless the core paused it already. */
  open(accept: (connection: Connection) => ConnectionHandler): void {
    this.environment.activity.deliveries++;
    this.guard(() => {
      this.handler = accept(this);
    });
    if (!this.isFinished && !this.isPaused) this.startReading();
  }

  send(parts: readonly Part[]): boolean {
    if (this.isFinished || this.isEnding) return false;
    try {
      this.outgoing ??= new OutgoingStream(this.environment, this, this.sender);
      this.outgoing.push(parts);
    } catch (error) {
      // A range of a file that is closed: what was promised can't be kept.
      this.failed(error as Error);
    }
    if (this.isFinished) return false;
    if (this.queuedBytes() <= highWaterBytes) return true;
    this.owesDrained = true;
    return false;
  }

  queuedBytes(): number {
    return this.outgoing?.queuedBytes() ?? 0;
  }

  pause(): void {
    if (this.isPaused || this.isFinished) return;
    this.isPaused = true;
    if (this.handler !== undefined) this.stopReading();
  }

  resume(): void {
    if (!this.isPaused || this.isFinished) return;
    this.isPaused = false;
    if (this.handler === undefined) return;
    if (this.held === undefined && !this.isEndHeld) this.startReading();
    else if (!this.isDeliveringHeld) {
      this.isDeliveringHeld = true;
      this.environment.defer(() => this.deliverHeld());
    }
  }

  end(): void {
    if (this.isFinished || this.isEnding) return;
    this.isEnding = true;
    if (this.queuedBytes() === 0) this.finishWriting();
  }

  reset(): void {
    if (this.isFinished) return;
    this.closeNow();
  }

  /** The runtime has read something. */
  protected deliver(chunk: Uint8Array): void {
    if (this.isFinished) return;
    if (this.isPaused || this.held !== undefined) {
      this.held ??= [];
      this.held.push(chunk.slice());
      return;
    }
    this.environment.activity.deliveries++;
    this.guard(() => this.handler!.received(chunk));
  }

  /** The runtime has read the peer's end of file. */
  protected peerEnded(): void {
    if (this.isFinished || this.hasPeerEnded) return;
    if (this.isPaused || this.held !== undefined) {
      this.isEndHeld = true;
      return;
    }
    this.isEndHeld = false;
    this.hasPeerEnded = true;
    this.environment.activity.deliveries++;
    this.guard(() => this.handler!.ended());
    this.closeWhenBothEnded();
  }

  /** The socket is done with `count` more bytes of the last {@link write} and takes further ones. */
  protected written(count: number): void {
    this.outgoing?.written(count);
  }

  /** The connection is gone. Idempotent. */
  protected finish(error?: Error): void {
    if (this.isFinished) return;
    this.isFinished = true;
    this.outgoing?.close();
    this.held = undefined;
    this.environment.defer(() => {
      try {
        this.handler?.closed(error);
      } catch (cause) {
        this.report(cause);
      }
    });
  }

  /** Says why, and closes. */
  failed(error: Error): void {
    this.report(error);
    this.closeNow(error);
  }

  emptied(): void {
    if (this.isEnding) this.finishWriting();
    if (!this.owesDrained || this.isFinished) return;
    this.owesDrained = false;
    this.guard(() => this.handler!.drained());
  }

  /** First the mark, then the close: a runtime may call back from inside it. */
  private closeNow(error?: Error): void {
    this.finish(error);
    this.destroy();
  }

  protected get finished(): boolean {
    return this.isFinished;
  }

  protected get paused(): boolean {
    return this.isPaused;
  }

  private finishWriting(): void {
    if (this.hasShutDown) return;
    this.hasShutDown = true;
    if (!this.hasPeerEnded) this.shutDown();
    else this.closeWhenBothEnded();
  }

  private closeWhenBothEnded(): void {
    if (!this.hasPeerEnded || !this.hasShutDown || this.isFinished) return;
    this.closeNow();
  }

  private deliverHeld(): void {
    this.isDeliveringHeld = false;
    while (!this.isPaused && !this.isFinished && this.held !== undefined) {
      const chunk = this.held.shift()!;
      if (this.held.length === 0) this.held = undefined;
      this.environment.activity.deliveries++;
      this.guard(() => this.handler!.received(chunk));
    }
    if (this.isPaused || this.isFinished) return;
    if (this.isEndHeld) this.peerEnded();
    else this.startReading();
  }

  private guard(callback: () => void): void {
    try {
      callback();
    } catch (error) {
      this.failed(error as Error);
    }
  }

  private report(error: unknown): void {
    const { host, port } = this.remote;
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.environment.log.write("error", `Closing the connection with ${host}:${port}: ${text}`);
  }
}
