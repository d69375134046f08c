import type { Connection, ConnectionHandler, Part, Runtime } from "../runtime.ts";
import type { Answered, ApiTable } from "./api-table.ts";
import { FrameAssembler, InvalidFrameError } from "./frame-assembler.ts";
import type { FramePool } from "./frame-pool.ts";
import type { Metrics } from "./metrics.ts";
import { type PeekedHeader, peekHeader } from "./peeked-header.ts";
import type { RequestContext } from "./request-context.ts";

/** What all connections of a listener share. */
export interface ConnectionEnvironment {
  readonly runtime: Runtime;
  readonly listenerName: string;
  readonly apis: ApiTable;
  readonly metrics: Metrics;
  readonly framePool: FramePool;
  readonly maxFrameBytes: number;
  /** Requests of one connection that may be in progress; past it the connection is not read. */
  readonly maxInFlight: number;
}

/** A frame that waits for its turn. */
interface WaitingFrame {
  readonly frame: Uint8Array;
  readonly buffer: Uint8Array;
  readonly receivedMs: number;
}

/** A request in progress, in the order of arrival. */
interface Slot {
  /** Undefined until answered; empty when nothing is to be sent. */
  answer: readonly Part[] | undefined;
  readonly barrier: boolean;
}

const PAUSED_IN_FLIGHT = 1;
const PAUSED_BACK_PRESSURE = 2;
const PAUSED_STARTING = 4;
const PAUSED_STOPPING = 8;

/** Answers of one read beyond this are sent before the next request starts, however many are waiting. */
const OUTBOX_BYTES = 256 * 1024;

/**
 * One client connection: frames in, dispatch, answers out in the order of the requests. All the answers that one read
 * produces leave in one write. A request that is not marked as pipelined is a barrier: it starts when everything before
 * it is answered, and nothing after it starts until it is.
 *
 * Answers come from anywhere: timers, appends of other connections, commits of the metadata log. Whatever breaks while a
 * request is handled or its answer is encoded ends this connection and nothing else.
 */
export class BrokerConnection implements ConnectionHandler {
  readonly id: string;
  lastActiveMs: number;
  private readonly environment: ConnectionEnvironment;
  private readonly connection: Connection;
  private readonly assembler: FrameAssembler;
  private readonly onClosed: () => void;
  private waiting: WaitingFrame[] = [];
  private waitingHead = 0;
  private slots: Slot[] = [];
  private outbox: Part[] = [];
  private outboxBytes = 0;
  private corked = false;
  private barrierOpen = true;
  private pauseReasons = 0;
  private peerEnded = false;
  /** Why nothing more can be read; what arrived before is still answered. */
  private brokenInput: string | undefined;
  private isClosed = false;
  private readonly closeListeners: (() => void)[] = [];

  constructor(environment: ConnectionEnvironment, connection: Connection, sequence: number, onClosed: () => void) {
    this.environment = environment;
    this.connection = connection;
    this.onClosed = onClosed;
    const { local, remote } = connection;
    this.id = `${local.host}:${local.port}-${remote.host}:${remote.port}-${sequence}`;
    this.assembler = new FrameAssembler(environment.maxFrameBytes, environment.framePool);
    this.lastActiveMs = environment.runtime.clock.elapsed();
    environment.metrics.connectionOpened(environment.listenerName);
  }

  received(chunk: Uint8Array): void {
    if (this.brokenInput !== undefined) return;
    const nowMs = this.environment.runtime.clock.elapsed();
    this.lastActiveMs = nowMs;
    try {
      this.assembler.push(chunk, (frame, buffer) => this.waiting.push({ frame, buffer, receivedMs: nowMs }));
    } catch (error) {
      if (!(error instanceof InvalidFrameError)) throw error;
      this.brokenInput = error.message;
    }
    this.work();
  }

  drained(): void {
    this.lastActiveMs = this.environment.runtime.clock.elapsed();
    this.resumeFrom(PAUSED_BACK_PRESSURE);
    this.work();
  }

  ended(): void {
    this.peerEnded = true;
    this.work();
  }

  closed(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    for (const { answer } of this.slots) if (answer !== undefined) releaseFiles(answer);
    releaseFiles(this.outbox);
    this.waiting = [];
    this.waitingHead = 0;
    this.slots = [];
    this.outbox = [];
    this.environment.metrics.connectionClosed(this.environment.listenerName);
    this.onClosed();
    for (const listener of this.closeListeners.splice(0)) listener();
  }

  /** Reads nothing until {@link release}. */
  hold(): void {
    this.pauseFor(PAUSED_STARTING);
  }

  release(): void {
    this.resumeFrom(PAUSED_STARTING);
  }

  /** Reads no further requests; those in progress may still be answered. */
  stopReading(): void {
    this.pauseFor(PAUSED_STOPPING);
  }

  /** Drops everything at once. */
  reset(): void {
    if (this.isClosed) return;
    this.closed();
    this.connection.reset();
  }

  /** Nothing is in progress, or the peer does not take what it asked for. */
  isIdle(): boolean {
    return this.hasNothingInProgress() || (this.pauseReasons & PAUSED_BACK_PRESSURE) !== 0;
  }

  hasNothingInProgress(): boolean {
    return this.slots.length === 0 && this.waitingHead === this.waiting.length;
  }

  /** Everything that was answered has left. */
  isFlushed(): boolean {
    return this.slots.length === 0 && this.connection.queuedBytes() === 0;
  }

  /** Starts what may start, then sends every answer that is due in one write. */
  private work(): void {
    if (this.isClosed) return;
    this.corked = true;
    while (!this.isClosed && this.mayStartNext()) {
      const next = this.waiting[this.waitingHead]!;
      if (!this.start(next)) break;
      this.waitingHead++;
      this.collectAnswers();
    }
    this.corked = false;
    this.compactWaiting();
    // Frames that could not start yet are all that is held: nothing more is read until they have.
    if (this.waiting.length > 0 || this.slots.length >= this.environment.maxInFlight) this.pauseFor(PAUSED_IN_FLIGHT);
    else this.resumeFrom(PAUSED_IN_FLIGHT);
    const cutShort = this.outboxBytes >= OUTBOX_BYTES;
    this.flush();
    if (this.isClosed) return;
    if (cutShort && this.mayStartNext()) this.environment.runtime.clock.defer(() => this.work());
    if (this.brokenInput !== undefined && this.hasNothingInProgress()) this.fail(this.brokenInput);
  }

  private mayStartNext(): boolean {
    return (
      this.waitingHead < this.waiting.length &&
      this.barrierOpen &&
      this.outboxBytes < OUTBOX_BYTES &&
      (this.pauseReasons & PAUSED_BACK_PRESSURE) === 0 &&
      this.slots.length < this.environment.maxInFlight
    );
  }

  /** False when the request must wait for those before it. */
  private start(next: WaitingFrame): boolean {
    const header = peekHeader(next.frame);
    if (header === undefined) {
      this.fail(`a frame of ${next.frame.length} bytes is shorter than a request header`);
      return false;
    }
    const api = this.environment.apis.find(header.apiKey);
    if (api === undefined) {
      this.fail(`unknown or unsupported API key ${header.apiKey} (version ${header.apiVersion})`);
      return false;
    }
    const barrier = !api.pipelined;
    if (barrier && this.slots.length > 0) return false;
    const slot: Slot = { answer: undefined, barrier };
    this.slots.push(slot);
    if (barrier) this.barrierOpen = false;
    this.dispatch(next, header, slot);
    return !this.isClosed;
  }

  private dispatch(next: WaitingFrame, header: PeekedHeader, slot: Slot): void {
    const call = this.environment.apis.prepare(header, next.frame);
    if (call.kind === "refused") {
      this.fail(call.reason);
      return;
    }
    const { apiName } = call;
    const context = this.contextOf(header, call.clientId, apiName, next.receivedMs);
    const buffer = call.releasesFrame ? next.buffer : undefined;
    const answered = this.answering(slot, header, apiName, next.receivedMs, next.frame.length + 4, buffer);
    try {
      call.run(context, answered, (error) => this.breakDown(apiName, header, error));
    } catch (error) {
      this.breakDown(apiName, header, error);
    }
  }

  /** What a handler's reply does. Holds nothing of the request: it may be parked for long. */
  private answering(
    slot: Slot,
    { apiKey, apiVersion }: PeekedHeader,
    apiName: string,
    receivedMs: number,
    requestBytes: number,
    buffer: Uint8Array | undefined,
  ): Answered {
    return (parts, sizeBytes) => {
      const { metrics, framePool, runtime } = this.environment;
      if (slot.answer !== undefined) throw new Error(`${apiName} was answered twice`);
      if (buffer !== undefined) framePool.give(buffer);
      metrics.requestCompleted(apiKey, apiVersion, runtime.clock.elapsed() - receivedMs, requestBytes, sizeBytes);
      if (this.isClosed) return;
      // The answer may have to wait for those before it, and its segment may be deleted meanwhile.
      for (const part of parts) if (!(part instanceof Uint8Array)) part.file.retain();
      slot.answer = parts;
      if (slot.barrier) this.barrierOpen = true;
      if (this.corked) return;
      this.collectAnswers();
      this.work();
    };
  }

  private contextOf(header: PeekedHeader, clientId: string, apiName: string, receivedMs: number): RequestContext {
    return {
      connectionId: this.id,
      listenerName: this.environment.listenerName,
      principal: "User:ANONYMOUS",
      clientHost: this.connection.remote.host,
      clientId,
      apiKey: header.apiKey,
      apiVersion: header.apiVersion,
      correlationId: header.correlationId,
      receivedMs,
      disconnect: (reason) => this.fail(`${apiName} v${header.apiVersion}: ${reason}`),
      isDisconnected: () => this.isClosed,
      onDisconnected: (listener) => this.whenClosed(listener),
    };
  }

  private whenClosed(listener: () => void): void {
    if (this.isClosed) listener();
    else this.closeListeners.push(listener);
  }

  /** Moves the answers at the head of the line to the outbox. */
  private collectAnswers(): void {
    let count = 0;
    for (; count < this.slots.length; count++) {
      const answer = this.slots[count]!.answer;
      if (answer === undefined) break;
      for (const part of answer) {
        this.outbox.push(part);
        this.outboxBytes += part.length;
      }
    }
    if (count > 0) this.slots.splice(0, count);
  }

  private flush(): void {
    if (this.isClosed) return;
    if (this.outbox.length > 0) {
      const parts = this.outbox;
      this.outbox = [];
      this.outboxBytes = 0;
      this.lastActiveMs = this.environment.runtime.clock.elapsed();
      const goOn = this.connection.send(parts);
      // What the socket has not taken yet, the adapter holds by itself.
      releaseFiles(parts);
      if (!goOn) this.pauseFor(PAUSED_BACK_PRESSURE);
    }
    if (this.peerEnded && this.hasNothingInProgress()) this.connection.end();
  }

  private compactWaiting(): void {
    if (this.waitingHead === this.waiting.length) {
      this.waiting = [];
      this.waitingHead = 0;
    }
  }

  private pauseFor(reason: number): void {
    if (this.isClosed) return;
    if (this.pauseReasons === 0) this.connection.pause();
    this.pauseReasons |= reason;
  }

  private resumeFrom(reason: number): void {
    if ((this.pauseReasons & reason) === 0) return;
    this.pauseReasons &= ~reason;
    if (this.pauseReasons === 0 && !this.isClosed) this.connection.resume();
  }

  /** Something in the broker is wrong, not in what the peer sent. */
  private breakDown(apiName: string, { apiVersion }: PeekedHeader, error: unknown): void {
    const { stack, message } = error as Error;
    this.environment.runtime.log.write("error", `${apiName} v${apiVersion} failed: ${stack ?? message}`);
    this.fail(`${apiName} v${apiVersion} failed in the broker: ${message}`);
  }

  private fail(reason: string): void {
    if (this.isClosed) return;
    const { local, remote } = this.connection;
    this.environment.runtime.log.write(
      "warn",
      `Closing the connection from ${remote.host}:${remote.port} to ${this.environment.listenerName} ${local.host}:${local.port}: ${reason}`,
    );
    this.environment.metrics.connectionFailed(this.environment.listenerName);
    this.collectAnswers();
    if (this.outbox.length > 0) this.connection.send(this.outbox);
    this.reset();
  }
}

function releaseFiles(parts: readonly Part[]): void {
  for (const part of parts) if (!(part instanceof Uint8Array)) part.file.release();
}
