import type { PathCall } from "../files/path-calls.ts";
import { decodeError, encodeError } from "./told-error.ts";

/**
 * One call to the file system, in memory that the loop and the thread that makes the call share. The loop raises one number when
 * a call is ready; the thread sets another to the same value when the call has been made.
 */
export class SharedCall {
  readonly memory: SharedArrayBuffer;
  /** The bytes to be written, the bytes that were read, the names in JSON, or the error in JSON. */
  readonly data: Uint8Array;
  private readonly fields: Int32Array;
  private readonly positions: Float64Array;

  constructor(memory = new SharedArrayBuffer(HEADER_BYTES + DATA_BYTES)) {
    this.memory = memory;
    this.fields = new Int32Array(memory, 0, POSITION_BYTE / 4);
    this.positions = new Float64Array(memory, POSITION_BYTE, 1);
    this.data = new Uint8Array(memory, HEADER_BYTES);
  }

  /** The loop's side: hands a call over. Allowed only when the last one has been made. */
  begin(call: number, { operation, descriptor, length, position }: CallFields): void {
    this.fields[OPERATION] = operation;
    this.fields[DESCRIPTOR] = descriptor;
    this.fields[LENGTH] = length;
    this.positions[0] = position;
    Atomics.store(this.fields, CALL, call);
    Atomics.notify(this.fields, CALL);
  }

  hasEnded(call: number): boolean {
    return Atomics.load(this.fields, ENDED) === call;
  }

  /** Blocks the calling thread for `limitMs` at most, not counting time in which the process did not run (SIGSTOP, a frozen container). */
  waitForEnd(call: number, limitMs: number): boolean {
    for (let leftMs = limitMs; leftMs > 0 && !this.hasEnded(call); leftMs -= WAIT_MS) {
      Atomics.wait(this.fields, ENDED, call - 1, Math.min(leftMs, WAIT_MS));
    }
    return this.hasEnded(call);
  }

  /** The thread's side: blocks until there is a call after `last`, and returns its number. */
  waitForCall(last: number): number {
    for (;;) {
      const call = Atomics.load(this.fields, CALL);
      if (call !== last) return call;
      Atomics.wait(this.fields, CALL, last);
    }
  }

  get given(): CallFields {
    const [operation, descriptor, length] = [OPERATION, DESCRIPTOR, LENGTH].map((field) => this.fields[field]!);
    return { operation: operation!, descriptor: descriptor!, length: length!, position: this.positions[0]! };
  }

  /** Ends the call as failed, with the error if it is one of the system. */
  fail(call: number, error: unknown): void {
    const bytes = encodeError(error) ?? new Uint8Array(0);
    this.data.set(bytes);
    this.end(call, FAILED, bytes.length);
  }

  end(call: number, result: number, errorLength = 0): void {
    this.fields[RESULT] = result;
    this.fields[ERROR_LENGTH] = errorLength;
    Atomics.store(this.fields, ENDED, call);
    Atomics.notify(this.fields, ENDED);
  }

  /** How many bytes were written or read, or {@link FAILED}. */
  get result(): number {
    return this.fields[RESULT]!;
  }

  /** Undefined when nothing has failed, or the error was none of the system. */
  get error(): Error | undefined {
    const length = this.fields[ERROR_LENGTH]!;
    return length === 0 ? undefined : decodeError(this.data.slice(0, length));
  }
}

export interface CallFields {
  readonly operation: number;
  readonly descriptor: number;
  readonly length: number;
  readonly position: number;
}

export const WRITE = 1;
export const TRUNCATE = 2;
/** The data is a {@link NamedCall} in JSON. */
export const BY_NAME = 3;
export const STOP = 4;
export const READ = 5;
export const SYNC = 6;

export interface NamedCall {
  readonly call: PathCall | "touch" | "syncDirectory" | Lookup;
  readonly path: string;
  readonly to?: string;
  readonly timeMs?: number;
}

/** Calls that bring what the loop will ask about a path into the system's memory: what it is, or what is in it. */
export type Lookup = "stat" | "list";

/** The result of a failed call: the error tells why or, without one, making the same call again. */
export const FAILED = -1;

/** How much one call writes or reads at most; larger batches take several calls. */
export const DATA_BYTES = 1024 * 1024 + 64 * 1024;

const [CALL, ENDED, OPERATION, DESCRIPTOR, LENGTH, RESULT, ERROR_LENGTH] = [0, 1, 2, 3, 4, 5, 6] as const;
const WAIT_MS = 50;
const POSITION_BYTE = 32;
const HEADER_BYTES = 64;
