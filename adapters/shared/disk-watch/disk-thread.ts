import type { LongCall } from "./long-calls.ts";
import type { Patience } from "./patience.ts";
import type { NamedCall } from "./shared-call.ts";

/** A thread that makes calls, one at a time. Each answers false when it is not over after so long. */
export interface DiskThread {
  /** Of the last call that is over: bytes that were written or read; less than 0 when it has failed. */
  readonly result: number;
  /** Of one that has failed; undefined when whoever makes the same call finds out what is wrong. */
  readonly error: Error | undefined;
  /** A beginning of the source, which need not stay as it is. */
  write(descriptor: number, source: Uint8Array, position: number, limitMs: number): boolean;
  truncate(descriptor: number, sizeBytes: number, limitMs: number): boolean;
  /** A beginning of what the target has room for; the target stays as it is when that comes too late. */
  read(descriptor: number, target: Uint8Array, position: number, limitMs: number): boolean;
  callByName(call: NamedCall, limitMs: number): boolean;
}

/** Those that disks have in common. */
export interface DiskThreads {
  /** Undefined where there is none at the moment: at a start, or when threads are not to be had, see {@link obstacle}. */
  readonly ready: DiskThread | undefined;
  /** Why no thread could be had when one was last wanted; undefined when one could. */
  readonly obstacle: string | undefined;
  /** Resolves when one is ready, or none will be in time. */
  open(): Promise<void>;
  close(): void;
  /** Of none that is ready, whether one will be, as others are in calls that take long: then `ready` is told, or when none could be had. */
  awaitReady(ready: () => void): boolean;
  /** One for a directory. */
  patienceWith(directory: string): Patience;
  /** See {@link LongCalls}. */
  run<T>(disk: object, call: LongCall<T>): Promise<T>;
  /** The thread is in a call that takes long: `ended` is told when that is over. */
  leave(thread: DiskThread, ended: () => void): void;
}
