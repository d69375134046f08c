import type { AppendLine } from "../replica/append-line.ts";

/** Where a request came from and what its header says. One object per request. */
export interface RequestContext {
  /** Unique within the process, in Kafka's form: local address, remote address, a number. */
  readonly connectionId: string;
  /** The listener the client came in on: Metadata answers advertise that listener's addresses. */
  readonly listenerName: string;
  /** "User:ANONYMOUS" until the connection has authenticated. */
  readonly principal: string;
  /** The peer's IP address, without a port. */
  readonly clientHost: string;
  /** Empty when the client sent null. */
  readonly clientId: string;
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly correlationId: number;
  /** Monotonic milliseconds (`clock.elapsed()`) at which the frame was complete. */
  readonly receivedMs: number;
  /** Of the connection: pipelined requests that append stand in it, in the order in which they came. */
  readonly appendLine: AppendLine;
  /** Nothing needs the request's bytes any more, though the answer will take a while. */
  releaseFrame(): void;
  /** Resets the connection after one log line that names the peer, the API and the reason. */
  disconnect(reason: string): void;
  /** As when the handler throws: for what goes wrong in a later turn. */
  breakDown(error: unknown): void;
  /** True once the peer is gone: parked requests need not be worked on. */
  isDisconnected(): boolean;
  /** Calls back once when the peer is gone; at once when it is gone already. */
  onDisconnected(listener: () => void): void;
}
