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
  /** The line of the connection in which pipelined requests that append stand, in the order in which they came. */
  readonly appendLine: AppendLine;
  /** To be called when nothing needs the bytes of the request any more, though the answer will take a while. */
  releaseFrame(): void;
  /** Resets the connection after one log line that names the peer, the API and the reason. */
  disconnect(reason: string): void;
  /** The same as throwing from the handler, for errors in a later turn. */
  breakDown(error: unknown): void;
  /** True once the peer is gone: work on parked requests can be dropped. */
  isDisconnected(): boolean;
  /** Calls back once when the peer is gone; at once when it is gone already. */
  onDisconnected(listener: () => void): void;
}
