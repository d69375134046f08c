import type { PathCall } from "../path-calls.ts";
import { decodeError, encodeError } from "./told-error.ts";

/**
 * One call to the file system, in memory that the loop and the thread that makes it share. A number is raised by the loop when
 * a call is there, another one by the thread when it has been made.
 */
export class SharedCall {
  readonly memory: SharedArrayBuffer;
  /** What the call is about: the bytes to be written, those that were read, or the names. */
  readonly data: Uint8Array;
  private readonly fields: Int32Array;
  private readonly positions: Float64Array;

  constructor(memory = new SharedArrayBuffer(HEADER_BYTES + DATA_BYTES)) {
    this.memory = memory;
    this.fields = new Int32Array(memory, 0, POSITION_BYTE / 4);
    this.positions = new Float64Array(memory, POSITION_BYTE, 1);
    this.data = new Uint8Array(memory, HEADER_BYTES);
  }

  /** The loop's side: hands a call over. Only when the last one has been made. */
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

  /** Holds the thread that asks, for so long at most. Time in which the process did not run (SIGSTOP, a frozen container) is not counted. */
  waitForEnd(call: number, limitMs: number): boolean {
    for (let leftMs = limitMs; leftMs > 0 && !this.hasEnded(call); leftMs -= WAIT_MS) {
      Atomics.wait(this.fields, ENDED, call - 1, Math.min(leftMs, WAIT_MS));
    }
    return this.hasEnded(call);
  }

  /** The thread's side: holds it until there is a call after this one. */
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

  /** It has failed; with an error of the system. */
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

  /** Bytes that were written, or read; {@link FAILED}. */
  get result(): number {
    return this.fields[RESULT]!;
  }

  /** Undefined when the system has not told, or nothing has failed. */
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
/** A {@link NamedCall}, in JSON. */
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

/** What the system has to know of a name before the loop asks for it: what it is, or what is in it. */
export type Lookup = "stat" | "list";

/** The error, or else whoever makes the same call, tells why. */
export const FAILED = -1;

/** What one call writes or reads at most: larger batches take several. */
export const DATA_BYTES = 1024 * 1024 + 64 * 1024;

const [CALL, ENDED, OPERATION, DESCRIPTOR, LENGTH, RESULT, ERROR_LENGTH] = [0, 1, 2, 3, 4, 5, 6] as const;
const WAIT_MS = 50;
const POSITION_BYTE = 32;
const HEADER_BYTES = 64;
