import { AppendLine, type LineOwner } from "../replica/append-line.ts";
import type { Connection, ConnectionHandler } from "../runtime.ts";
import { AnswerLine, type AnswerSlot, releaseFiles } from "./answer-line.ts";
import type { Answered, ApiTable } from "./api-table.ts";
import type { Metrics } from "./metrics.ts";
import { type PeekedHeader, peekHeader } from "./peeked-header.ts";
import type { RequestContext } from "./request-context.ts";
import type { RequestFrame } from "./request-frame.ts";
import { type IntakeEnvironment, type IntakeOwner, RequestIntake } from "./request-intake.ts";

/** What all connections of a listener share. */
export interface ConnectionEnvironment extends IntakeEnvironment {
  readonly listenerName: string;
  readonly apis: ApiTable;
  readonly metrics: Metrics;
  /** How many requests of one connection may be in progress; at this number it is not read. */
  readonly maxInFlight: number;
}

/** Who keeps a connection. */
export interface ConnectionOwner {
  connectionClosed(connection: BrokerConnection): void;
}

const PAUSED_IN_FLIGHT = 1;
const PAUSED_BACK_PRESSURE = 2;
const PAUSED_STARTING = 4;
const PAUSED_STOPPING = 8;
const PAUSED_MEMORY = 16;

/**
 * One client connection: frames in, dispatch, answers out in the order of the requests. All the answers that one read
 * produces leave in one write. A request that is not marked as pipelined is a barrier: it starts when everything before
 * it is answered, and nothing after it starts until it is.
 *
 * Answers come from anywhere: timers, appends of other connections, commits of the metadata log. Whatever breaks while a
 * request is handled or its answer is encoded ends this connection and nothing else.
 */
export class BrokerConnection implements ConnectionHandler, IntakeOwner, LineOwner {
  lastActiveMs: number;
  private readonly environment: ConnectionEnvironment;
  private readonly connection: Connection;
  private readonly sequence: number;
  private knownId: string | undefined;
  private readonly intake: RequestIntake;
  private readonly answers = new AnswerLine();
  private readonly owner: ConnectionOwner;
  private readonly appendLine = new AppendLine(this);
  private corked = false;
  private pauseReasons = 0;
  private peerEnded = false;
  private isClosed = false;
  /** As of the last {@link noticeProgress}. */
  private knownQueuedBytes = 0;
  private closeListeners: (() => void)[] | undefined;

  constructor(environment: ConnectionEnvironment, connection: Connection, sequence: number, owner: ConnectionOwner) {
    this.environment = environment;
    this.connection = connection;
    this.owner = owner;
    this.sequence = sequence;
    this.intake = new RequestIntake(environment, this);
    this.lastActiveMs = environment.runtime.clock.elapsed();
    environment.metrics.connectionOpened(environment.listenerName);
  }

  /** The connection id in Kafka's form. Made when it is first asked for, as most connections are idle. */
  get id(): string {
    const { local, remote } = this.connection;
    this.knownId ??= `${local.host}:${local.port}-${remote.host}:${remote.port}-${this.sequence}`;
    return this.knownId;
  }

  get clientHost(): string {
    return this.connection.remote.host;
  }

  received(chunk: Uint8Array): void {
    if (this.intake.brokenInput !== undefined) return;
    this.lastActiveMs = this.environment.runtime.clock.elapsed();
    this.intake.read(chunk, this.lastActiveMs);
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
    this.answers.close();
    this.intake.close();
    this.environment.metrics.connectionClosed(this.environment.listenerName);
    this.owner.connectionClosed(this);
    const listeners = this.closeListeners ?? [];
    this.closeListeners = undefined;
    for (const listener of listeners) listener();
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

  /**
   * Counts a peer that is still taking a long answer as active. To be called more often than `connections.max.idle.ms`, because
   * the answer may take longer than that.
   */
  noticeProgress(): void {
    const queuedBytes = this.connection.queuedBytes();
    if (queuedBytes !== this.knownQueuedBytes) this.lastActiveMs = this.environment.runtime.clock.elapsed();
    this.knownQueuedBytes = queuedBytes;
  }

  /** True when nothing is in progress, or the peer does not take what it asked for. */
  isIdle(): boolean {
    return this.hasNothingInProgress() || (this.pauseReasons & PAUSED_BACK_PRESSURE) !== 0;
  }

  hasNothingInProgress(): boolean {
    return this.answers.count === 0 && this.intake.isEmpty;
  }

  /** True when every answer has left. */
  isFlushed(): boolean {
    return this.answers.count === 0 && this.connection.queuedBytes() === 0;
  }

  memoryAwaited(): void {
    this.pauseFor(PAUSED_MEMORY);
  }

  memoryFound(): void {
    if (this.isClosed) return;
    this.lastActiveMs = this.environment.runtime.clock.elapsed();
    this.intake.readOn(this.lastActiveMs);
    if (!this.intake.awaitsMemory) this.resumeFrom(PAUSED_MEMORY);
    this.work();
  }

  requestReleased(): void {
    if ((this.pauseReasons & PAUSED_IN_FLIGHT) !== 0 && !this.corked) this.work();
  }

  lineIsEmpty(): void {
    if (!this.corked) this.work();
  }

  /** Starts what may start, then sends every answer that is due in one write. */
  private work(): void {
    if (this.isClosed) return;
    this.corked = true;
    while (!this.isClosed && this.mayStartNext()) {
      if (!this.start(this.intake.head!)) break;
      this.answers.collect();
    }
    this.corked = false;
    // While frames are waiting to start, nothing more is read: those frames are all that the connection holds.
    const { maxInFlight, maxFrameBytes } = this.environment;
    const isFull = this.answers.count >= maxInFlight || this.intake.heldBytes >= maxFrameBytes;
    if (!this.intake.isEmpty || isFull) this.pauseFor(PAUSED_IN_FLIGHT);
    else this.resumeFrom(PAUSED_IN_FLIGHT);
    const cutShort = this.answers.isFull;
    this.flush();
    if (this.isClosed) return;
    if (cutShort && this.mayStartNext()) this.environment.runtime.clock.defer(() => this.work());
    const { brokenInput } = this.intake;
    if (brokenInput !== undefined && this.hasNothingInProgress()) this.fail(brokenInput);
  }

  private mayStartNext(): boolean {
    return (
      !this.intake.isEmpty &&
      this.answers.mayBeJoined &&
      (this.pauseReasons & PAUSED_BACK_PRESSURE) === 0 &&
      this.answers.count < this.environment.maxInFlight
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
    if (barrier && this.answers.count > 0) return false;
    // An append may wait for its disk for long, and the requests behind it would take memory.
    if (this.appendLine.isStalled) return false;
    this.intake.advance();
    this.dispatch(next, header, this.answers.join(barrier));
    return !this.isClosed;
  }

  private dispatch(next: RequestFrame, header: PeekedHeader, slot: AnswerSlot): void {
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
    // Other requests may refer to their bytes for as long as they like, but they are small, or done by now.
    if (released === undefined) next.release(false);
  }

  /** What a handler's reply does. The closure holds as little of the request as possible: it may be parked for long. */
  private answering(
    slot: AnswerSlot,
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
      this.answers.answer(slot, parts);
      if (this.corked) return;
      this.answers.collect();
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
      clientHost: this.clientHost,
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
    else if (this.closeListeners === undefined) this.closeListeners = [listener];
    else this.closeListeners.push(listener);
  }

  private flush(): void {
    if (this.isClosed) return;
    const parts = this.answers.take();
    if (parts.length > 0) {
      this.lastActiveMs = this.environment.runtime.clock.elapsed();
      const goOn = this.connection.send(parts);
      // The adapter has retained the files of what the socket has not taken yet.
      releaseFiles(parts);
      if (!goOn) this.pauseFor(PAUSED_BACK_PRESSURE);
    }
    if (this.peerEnded && this.hasNothingInProgress()) this.connection.end();
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

  /** Closes the connection after an error of the broker, not of the peer. */
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
    this.answers.collect();
    const parts = this.answers.take();
    if (parts.length > 0) this.connection.send(parts);
    releaseFiles(parts);
    this.reset();
  }
}
