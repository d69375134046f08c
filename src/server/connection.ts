import { AppendLine, type LineOwner } from "../replica/append-line.ts";
import type { Connection, ConnectionHandler, Part, Runtime } from "../runtime.ts";
import type { Answered, ApiTable } from "./api-table.ts";
import { FrameAssembler, type FrameReceiver, InvalidFrameError } from "./frame-assembler.ts";
import type { Metrics } from "./metrics.ts";
import { type PeekedHeader, peekHeader } from "./peeked-header.ts";
import type { RequestContext } from "./request-context.ts";
import { type FrameHolder, type FrameOwners, RequestFrame } from "./request-frame.ts";
import type { Admission } from "./request-memory.ts";

/** What all connections of a listener share. */
export interface ConnectionEnvironment extends FrameOwners {
  readonly runtime: Runtime;
  readonly listenerName: string;
  readonly apis: ApiTable;
  readonly metrics: Metrics;
  readonly maxFrameBytes: number;
  /** Requests of one connection that may be in progress; past it the connection is not read. */
  readonly maxInFlight: number;
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
const PAUSED_MEMORY = 16;

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
export class BrokerConnection implements ConnectionHandler, FrameReceiver, FrameHolder, LineOwner {
  lastActiveMs: number;
  private readonly environment: ConnectionEnvironment;
  private readonly connection: Connection;
  private readonly sequence: number;
  private knownId: string | undefined;
  private readonly assembler: FrameAssembler;
  private readonly onClosed: () => void;
  private readonly appendLine = new AppendLine(this);
  private waiting: RequestFrame[] = [];
  private waitingHead = 0;
  private slots: Slot[] = [];
  private outbox: Part[] = [];
  private outboxBytes = 0;
  private corked = false;
  private barrierOpen = true;
  private pauseReasons = 0;
  private peerEnded = false;
  /** What of a read is left over, and in which place it waits, while the next request finds no memory. */
  private unread: Uint8Array | undefined;
  private admission: Admission | undefined;
  /** Of requests that are whole and whose bytes are needed. */
  private heldBytes = 0;
  /** Why nothing more can be read; what arrived before is still answered. */
  private brokenInput: string | undefined;
  private isClosed = false;
  private readonly closeListeners: (() => void)[] = [];

  constructor(environment: ConnectionEnvironment, connection: Connection, sequence: number, onClosed: () => void) {
    this.environment = environment;
    this.connection = connection;
    this.onClosed = onClosed;
    this.sequence = sequence;
    this.assembler = new FrameAssembler(environment.maxFrameBytes, environment.framePool, this);
    this.lastActiveMs = environment.runtime.clock.elapsed();
    environment.metrics.connectionOpened(environment.listenerName);
  }

  /** Kafka's form of it. Made when it is asked for: most connections are idle. */
  get id(): string {
    const { local, remote } = this.connection;
    this.knownId ??= `${local.host}:${local.port}-${remote.host}:${remote.port}-${this.sequence}`;
    return this.knownId;
  }

  received(chunk: Uint8Array): void {
    if (this.brokenInput !== undefined) return;
    this.lastActiveMs = this.environment.runtime.clock.elapsed();
    this.read(chunk);
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
    this.releaseUnstarted();
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

  private read(chunk: Uint8Array): void {
    try {
      const takenBytes = this.assembler.push(chunk);
      // The adapter has lent the bytes for this turn only.
      if (this.admission !== undefined) this.unread = chunk.slice(takenBytes);
    } catch (error) {
      if (!(error instanceof InvalidFrameError)) throw error;
      this.brokenInput = error.message;
    }
  }

  /** False when the frame has to wait for memory: nothing more is read until then. */
  admitFrame(frameBytes: number): boolean {
    this.admission = this.environment.requestMemory.admit(frameBytes, () => {
      this.admission = undefined;
      this.environment.runtime.clock.defer(() => this.readOn());
    });
    if (this.admission === undefined) return true;
    this.pauseFor(PAUSED_MEMORY);
    return false;
  }

  private readOn(): void {
    if (this.isClosed) return;
    const unread = this.unread!;
    this.unread = undefined;
    this.lastActiveMs = this.environment.runtime.clock.elapsed();
    this.read(unread);
    if (this.admission === undefined) this.resumeFrom(PAUSED_MEMORY);
    this.work();
  }

  frameReceived(payload: Uint8Array, buffer: Uint8Array): void {
    this.heldBytes += payload.length;
    this.waiting.push(new RequestFrame(payload, buffer, this.lastActiveMs, this.environment, this));
  }

  frameReleased(sizeBytes: number): void {
    this.heldBytes -= sizeBytes;
    if ((this.pauseReasons & PAUSED_IN_FLIGHT) !== 0 && !this.corked) this.work();
  }

  lineIsEmpty(): void {
    if (!this.corked) this.work();
  }

  /** The peer is gone. Requests in progress keep their memory until they are done. */
  private releaseUnstarted(): void {
    const { requestMemory } = this.environment;
    if (this.admission === undefined) requestMemory.release(this.assembler.partialFrameBytes);
    else requestMemory.cancel(this.admission);
    for (const frame of this.waiting.slice(this.waitingHead)) frame.release(true);
  }

  /** Starts what may start, then sends every answer that is due in one write. */
  private work(): void {
    if (this.isClosed) return;
    this.corked = true;
    while (!this.isClosed && this.mayStartNext()) {
      const next = this.waiting[this.waitingHead]!;
      if (!this.start(next)) break;
      this.collectAnswers();
    }
    this.corked = false;
    this.compactWaiting();
    // Frames that could not start yet are all that is held: nothing more is read until they have.
    const { maxInFlight, maxFrameBytes } = this.environment;
    const isFull = this.slots.length >= maxInFlight || this.heldBytes >= maxFrameBytes;
    if (this.waiting.length > 0 || isFull) this.pauseFor(PAUSED_IN_FLIGHT);
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
  private start(next: RequestFrame): boolean {
    const header = peekHeader(next.payload);
    if (header === undefined) {
      this.fail(`a frame of ${next.payload.length} bytes is shorter than a request header`);
      return false;
    }
    const api = this.environment.apis.find(header.apiKey);
    if (api === undefined) {
      this.fail(`unknown or unsupported API key ${header.apiKey} (version ${header.apiVersion})`);
      return false;
    }
    const barrier = !api.pipelined;
    if (barrier && this.slots.length > 0) return false;
    if (!this.appendLine.isEmpty && !api.appends) return false;
    const slot: Slot = { answer: undefined, barrier };
    this.slots.push(slot);
    this.waitingHead++;
    if (barrier) this.barrierOpen = false;
    this.dispatch(next, header, slot);
    return !this.isClosed;
  }

  private dispatch(next: RequestFrame, header: PeekedHeader, slot: Slot): void {
    const call = this.environment.apis.prepare(header, next.payload);
    if (call.kind === "refused") {
      next.release(true);
      this.fail(call.reason);
      return;
    }
    const { apiName, clientId } = call;
    const { receivedMs, payload } = next;
    const released = call.releasesFrame ? next : undefined;
    const context = this.contextOf(header, clientId, apiName, receivedMs, released);
    const answered = this.answering(slot, header, apiName, receivedMs, payload.length + 4, released);
    try {
      call.run(context, answered, (error) => this.breakDown(apiName, header, error));
    } catch (error) {
      this.breakDown(apiName, header, error);
    }
    // Others may refer to their bytes for as long as they like, but are small, or done by now.
    if (released === undefined) next.release(false);
  }

  /** What a handler's reply does. Holds nothing of the request that need not be held: it may be parked for long. */
  private answering(
    slot: Slot,
    { apiKey, apiVersion }: PeekedHeader,
    apiName: string,
    receivedMs: number,
    requestBytes: number,
    frame: RequestFrame | undefined,
  ): Answered {
    return (parts, sizeBytes) => {
      const { metrics, runtime } = this.environment;
      if (slot.answer !== undefined) throw new Error(`${apiName} was answered twice`);
      frame?.release(true);
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

  private contextOf(
    header: PeekedHeader,
    clientId: string,
    apiName: string,
    receivedMs: number,
    frame: RequestFrame | undefined,
  ): RequestContext {
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
      appendLine: this.appendLine,
      releaseFrame: () => frame?.release(true),
      breakDown: (error) => this.breakDown(apiName, header, error),
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
