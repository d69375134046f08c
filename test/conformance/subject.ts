import { onTestFinished } from "vitest";
import type { MemoryLog } from "../../adapters/simulator/index.ts";
import type { Address, Connection, ConnectionHandler, Listener, ListenOptions, Runtime } from "../../src/runtime.ts";
import { PATIENCE_MS } from "../patience.ts";

/** A runtime under test and what a test needs around it. */
export interface Subject {
  readonly runtime: Runtime;
  /** Where the runtime's log lines went. */
  readonly log: MemoryLog;
  /** An empty directory of this test's own. */
  readonly directory: string;
  /** Lets a moment pass: sockets are read, timers run. */
  turn(): Promise<void>;
  /** Lets this much of the runtime's time pass. */
  pass(delayMs: number): Promise<void>;
  /** An address where nobody answers, not even to refuse. */
  silentAddress(): Promise<Address>;
}

/** A fresh one for each test; it cleans up by `onTestFinished`. */
export type CreateSubject = () => Promise<Subject>;

export async function until(subject: Subject, what: string, condition: () => boolean): Promise<void> {
  const startMs = performance.now();
  while (!condition()) {
    if (performance.now() - startMs > PATIENCE_MS) throw new Error(`Waited in vain until ${what}`);
    await subject.turn();
  }
}

/** The promise's outcome, while the runtime's time goes on. */
export async function settled<T>(subject: Subject, promise: Promise<T>): Promise<T> {
  let isSettled = false;
  const settle = (): void => {
    isSettled = true;
  };
  promise.then(settle, settle);
  await until(subject, "the promise settled", () => isSettled);
  return promise;
}

/** The error that a promise rejects with. */
export async function failureOf(subject: Subject, promise: Promise<unknown>): Promise<Error & { code?: string }> {
  try {
    await settled(subject, promise);
  } catch (error) {
    return error as Error;
  }
  throw new Error("It succeeded");
}

/** A handler that writes down what happens to it and lets the test join in. */
export class Recorder implements ConnectionHandler {
  readonly connection: Connection;
  /** Every callback by name; runs of `received` as one. */
  readonly events: string[] = [];
  readonly chunks: Uint8Array[] = [];
  receivedBytes = 0;
  error: Error | undefined;
  /** Whether the bytes are kept in `chunks`. */
  keeps = true;
  onReceived: (chunk: Uint8Array) => void = () => {};
  onDrained: () => void = () => {};
  onEnded: () => void = () => {};
  onClosed: () => void = () => {};

  constructor(connection: Connection) {
    this.connection = connection;
  }

  received(chunk: Uint8Array): void {
    if (this.events.at(-1) !== "received") this.events.push("received");
    this.receivedBytes += chunk.length;
    if (this.keeps) this.chunks.push(chunk.slice());
    this.onReceived(chunk);
  }

  drained(): void {
    this.events.push("drained");
    this.onDrained();
  }

  ended(): void {
    this.events.push("ended");
    this.onEnded();
  }

  closed(error?: Error): void {
    this.events.push("closed");
    this.error = error;
    this.onClosed();
  }

  bytes(): Uint8Array {
    return concatenated(this.chunks);
  }

  text(): string {
    return new TextDecoder().decode(this.bytes());
  }

  isClosed(): boolean {
    return this.events.includes("closed");
  }
}

export interface Server {
  readonly listener: Listener;
  /** In order of arrival. */
  readonly accepted: Recorder[];
}

/** A listener on a free port of the loopback interface, closed with its connections when the test ends. */
export async function listen(
  subject: Subject,
  onAccept: (recorder: Recorder) => void = () => {},
  options: ListenOptions = {},
): Promise<Server> {
  const accepted: Recorder[] = [];
  const listener = await settled(
    subject,
    subject.runtime.network.listen({ host: "127.0.0.1", port: 0 }, options, (connection) => {
      const recorder = new Recorder(connection);
      accepted.push(recorder);
      onAccept(recorder);
      return recorder;
    }),
  );
  onTestFinished(async () => {
    for (const { connection } of accepted) connection.reset();
    await settled(subject, listener.close());
  });
  return { listener, accepted };
}

export async function connect(
  subject: Subject,
  address: Address,
  onOpen: (recorder: Recorder) => void = () => {},
): Promise<Recorder> {
  let recorder: Recorder | undefined;
  await settled(
    subject,
    subject.runtime.network.connect(address, { timeoutMs: 5_000 }, (connection) => {
      recorder = new Recorder(connection);
      onOpen(recorder);
      return recorder;
    }),
  );
  onTestFinished(() => recorder!.connection.reset());
  return recorder!;
}

/** A connection between two recorders. */
export async function connectedPair(
  subject: Subject,
  options: ListenOptions = {},
): Promise<{ client: Recorder; server: Recorder }> {
  const { listener, accepted } = await listen(subject, () => {}, options);
  const client = await connect(subject, listener.address);
  await until(subject, "the connection was accepted", () => accepted.length === 1);
  return { client, server: accepted[0]! };
}

export function concatenated(chunks: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let position = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, position);
    position += chunk.length;
  }
  return bytes;
}

export function textBytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Bytes that repeat nowhere near: a shift or a swap of any piece shows. */
export function patternBytes(length: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = seed | 1;
  for (let index = 0; index < length; index++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    bytes[index] = state >>> 24;
  }
  return bytes;
}

/** Byte for byte, without a matcher that prints megabytes. */
export function differsAt(actual: Uint8Array, expected: Uint8Array): number | undefined {
  const length = Math.min(actual.length, expected.length);
  for (let index = 0; index < length; index++) if (actual[index] !== expected[index]) return index;
  return actual.length === expected.length ? undefined : length;
}
