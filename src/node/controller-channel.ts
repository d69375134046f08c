import { ClientConnection } from "../client/client-connection.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import type { RaftListener } from "../raft/raft-listener.ts";
import type { KnownLeader } from "../raft/raft-message.ts";
import { endpointNamed } from "../raft/voter-set.ts";
import type { Cancel, Runtime } from "../runtime.ts";

export interface ControllerChannelOptions {
  readonly runtime: Pick<Runtime, "clock" | "network" | "log">;
  readonly nodeId: number;
  /** The first of `controller.listener.names`. */
  readonly listenerName: string;
  /** The leader of the metadata quorum, as far as this node knows. */
  readonly leader: () => KnownLeader;
  /** `controller.quorum.request.timeout.ms`: the limit for connecting; a request may be allowed longer. */
  readonly connectTimeoutMs: number;
}

/** The pause after a failure, doubled after each further one; news of another leader ends it. */
const RETRY_BACKOFF_MS = 50;
const RETRY_BACKOFF_MAX_MS = 500;

/** This node's connection to the active controller, wherever that is at the moment. */
export class ControllerChannel implements RaftListener {
  readonly #options: ControllerChannelOptions;
  #connection: { readonly address: string; readonly opening: Promise<ClientConnection> } | undefined = undefined;
  #isUnreachable = false;
  #isClosed = false;
  /** Callers that wait for the next attempt; all of them make it at the same time. */
  #waiting: (() => void)[] = [];
  readonly #leaderListeners: (() => void)[] = [];
  #cancelPause: Cancel | undefined = undefined;
  #pauseMs = RETRY_BACKOFF_MS;
  #pauseEndedMs = Number.NEGATIVE_INFINITY;

  constructor(options: ControllerChannelOptions) {
    this.#options = options;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** True when this node leads the quorum, though its controller may not be active yet. */
  get leadsHere(): boolean {
    return this.#options.leader().leaderId === this.#options.nodeId;
  }

  /** Rejects when nobody is known to lead, or the leader does not answer. */
  async connection(): Promise<ClientConnection> {
    const { leader, listenerName } = this.#options;
    const { leaderId, endpoints } = leader();
    const endpoint = leaderId < 0 ? undefined : endpointNamed(endpoints, listenerName);
    if (this.#isClosed || endpoint === undefined) throw new Error("No leader of the metadata quorum is known");
    const address = `${endpoint.host}:${endpoint.port}`;
    if (this.#connection?.address !== address) this.#disconnect();
    this.#connection ??= { address, opening: this.#open(endpoint) };
    const current = this.#connection;
    try {
      const connection = await current.opening;
      if (connection.isOpen) return connection;
    } catch (error) {
      if (this.#connection === current) this.#connection = undefined;
      this.#tellUnreachable(leaderId, address, error as Error);
      throw error;
    }
    if (this.#connection === current) this.#connection = undefined;
    return this.connection();
  }

  /** To be called after a failure: calls back when it is worth trying again. */
  whenWorthTrying(retry: () => void): void {
    this.#waiting.push(retry);
    if (this.#isClosed) this.#wake();
    else this.#cancelPause ??= this.#options.runtime.clock.schedule(this.#nextPauseMs(), () => this.#paused());
  }

  handleLoadSnapshot(): void {}

  handleCommit(): void {}

  handleLeaderChange(leaderId: number): void {
    this.#pauseEndedMs = Number.NEGATIVE_INFINITY;
    this.#wake();
    if (leaderId >= 0) for (const listener of this.#leaderListeners) listener();
  }

  /** Calls whenever another node leads the controllers. */
  onNewLeader(listener: () => void): void {
    this.#leaderListeners.push(listener);
  }

  close(): void {
    this.#isClosed = true;
    this.#disconnect();
    this.#wake();
  }

  /** A failure long after the last pause counts as the first. */
  #nextPauseMs(): number {
    const sinceMs = this.#options.runtime.clock.elapsed() - this.#pauseEndedMs;
    this.#pauseMs = sinceMs > this.#pauseMs ? RETRY_BACKOFF_MS : Math.min(2 * this.#pauseMs, RETRY_BACKOFF_MAX_MS);
    return this.#pauseMs;
  }

  #paused(): void {
    this.#pauseEndedMs = this.#options.runtime.clock.elapsed();
    this.#wake();
  }

  #wake(): void {
    this.#cancelPause?.();
    this.#cancelPause = undefined;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const retry of waiting) retry();
  }

  async #open(address: { readonly host: string; readonly port: number }): Promise<ClientConnection> {
    const { runtime, nodeId, connectTimeoutMs } = this.#options;
    const timeoutMs = Math.max(1, connectTimeoutMs);
    const options = { clientId: `broker-${nodeId}`, connectTimeoutMs: timeoutMs, requestTimeoutMs: timeoutMs };
    const connection = await ClientConnection.open(runtime, address, options);
    if (this.#isUnreachable)
      runtime.log.write("info", `The active controller at ${address.host}:${address.port} answers`);
    this.#isUnreachable = false;
    return connection;
  }

  #disconnect(): void {
    this.#connection?.opening.then(
      (connection) => connection.close(),
      () => {},
    );
    this.#connection = undefined;
  }

  /** Logs the failure once, however often the connection is tried. */
  #tellUnreachable(nodeId: number, address: string, { message }: Error): void {
    if (this.#isUnreachable || this.#isClosed) return;
    this.#isUnreachable = true;
    this.#options.runtime.log.write(
      "warn",
      `The active controller ${nodeId} at ${address} does not answer: ${message}`,
    );
  }
}

/** True when a response, or a part of it, says that another node is the active controller. */
export function isFromWrongController(response: unknown): boolean {
  if (typeof response !== "object" || response === null || response instanceof Uint8Array) return false;
  if (Array.isArray(response)) return response.some(isFromWrongController);
  const fields = response as Readonly<Record<string, unknown>>;
  return fields.errorCode === ErrorCode.NOT_CONTROLLER || Object.values(fields).some(isFromWrongController);
}
