import type { Address, Connection, ConnectionHandler, LogSink, Part } from "../../src/runtime.ts";
import { BufferPool } from "./buffer-pool.ts";
import type { LoopActivity } from "./loop-activity.ts";
import { type OutgoingChunk, WriteQueue } from "./write-queue.ts";

/** Above this many queued bytes `send()` asks the sender to wait. */
const highWaterBytes = 256 * 1024;

/** What one connection may write before the others have their turn. */
const turnBytes = 1024 * 1024;

/** What the connections of a network share. */
export class NetworkEnvironment {
  readonly log: LogSink;
  readonly activity: LoopActivity;
  /** Runs a task in a later turn of the loop. */
  readonly defer: (task: () => void) => void;
  /** For gathered writes and slices of files. */
  readonly writeBuffers = new BufferPool(256 * 1024, 8);

  constructor(log: LogSink, activity: LoopActivity, defer: (task: () => void) => void) {
    this.log = log;
    this.activity = activity;
    this.defer = defer;
  }
}

/**
 * A connection over a runtime's socket. Everything that must be alike everywhere is here: the write queue, back-pressure,
 * holding back what arrives after `pause()`, both half-closes, the one call of `closed()`, and handlers that throw. The
 * runtime's part is a handful of primitives.
 *
 * No callback of the handler runs inside a call of the connection: the core may call from anywhere.
 */
export abstract class StreamConnection implements Connection {
  abstract readonly local: Address;
  abstract readonly remote: Address;
  protected readonly environment: NetworkEnvironment;
  private handler: ConnectionHandler | undefined;
  private readonly queue = new WriteQueue();
  private outgoing: OutgoingChunk | undefined;
  private outgoingOffset = 0;
  /** The socket has not taken all of `outgoing` yet, or others have their turn. */
  private isBlocked = false;
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

  constructor(environment: NetworkEnvironment) {
    this.environment = environment;
  }

  /** Writes or keeps a beginning of `bytes` and returns how much is done with; for the rest it calls {@link written}. */
  protected abstract write(bytes: Uint8Array): number;
  /** Half-closes: everything has been written. */
  protected abstract shutDown(): void;
  /** Closes at once as close(2) does: what the operating system has is still sent. */
  protected abstract destroy(): void;
  protected abstract startReading(): void;
  protected abstract stopReading(): void;

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
      for (const part of parts) this.queue.push(part);
    } catch (error) {
      // A range of a file that is closed: what was promised can't be kept.
      this.report(error);
      this.closeNow(error as Error);
      return false;
    }
    if (!this.isBlocked) this.pump();
    if (this.isFinished) return false;
    if (this.queuedBytes() <= highWaterBytes) return true;
    this.owesDrained = true;
    return false;
  }

  queuedBytes(): number {
    const { outgoing } = this;
    return this.queue.queuedBytes + (outgoing === undefined ? 0 : outgoing.bytes.length - this.outgoingOffset);
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
    if (this.isFinished) return;
    this.isBlocked = false;
    this.advance(count);
    this.pump();
    this.tellDrained();
  }

  /** The connection is gone. Idempotent. */
  protected finish(error?: Error): void {
    if (this.isFinished) return;
    this.isFinished = true;
    this.queue.clear();
    // The runtime may still read from the buffer of a write in progress: it is not given back.
    this.outgoing = undefined;
    this.held = undefined;
    this.environment.defer(() => {
      try {
        this.handler?.closed(error);
      } catch (cause) {
        this.report(cause);
      }
    });
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

  private pump(): void {
    let budget = turnBytes;
    while (!this.isBlocked && !this.isFinished) {
      if (this.outgoing === undefined && !this.takeNext()) break;
      const bytes =
        this.outgoingOffset === 0 ? this.outgoing!.bytes : this.outgoing!.bytes.subarray(this.outgoingOffset);
      const count = this.write(bytes);
      if (this.isFinished) return;
      if (count < bytes.length) this.isBlocked = true;
      this.advance(count);
      budget -= count;
      if (budget <= 0 && !this.isBlocked && this.queuedBytes() > 0) {
        this.isBlocked = true;
        this.environment.defer(() => this.written(0));
      }
    }
    if (this.isEnding && !this.isFinished && this.queuedBytes() === 0) this.finishWriting();
  }

  private takeNext(): boolean {
    try {
      this.outgoing = this.queue.next(this.environment.writeBuffers);
    } catch (error) {
      this.report(error);
      this.closeNow(error as Error);
      return false;
    }
    this.outgoingOffset = 0;
    return this.outgoing !== undefined;
  }

  private advance(count: number): void {
    const { outgoing } = this;
    if (outgoing === undefined) return;
    this.outgoingOffset += count;
    if (this.outgoingOffset < outgoing.bytes.length) return;
    if (outgoing.pooled !== undefined) this.environment.writeBuffers.give(outgoing.pooled);
    this.outgoing = undefined;
  }

  private tellDrained(): void {
    if (!this.owesDrained || this.isFinished || this.queuedBytes() > 0) return;
    this.owesDrained = false;
    this.guard(() => this.handler!.drained());
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
      this.report(error);
      this.closeNow(error as Error);
    }
  }

  private report(error: unknown): void {
    const { host, port } = this.remote;
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.environment.log.write("error", `Closing the connection with ${host}:${port}: ${text}`);
  }
}
