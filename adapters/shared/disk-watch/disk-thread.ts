import type { LongCall } from "./long-calls.ts";
import type { Patience } from "./patience.ts";
import type { NamedCall } from "./shared-call.ts";

/** A thread that makes calls, one at a time. Each call returns false when it is not over after `limitMs`. */
export interface DiskThread {
  /** Of the last call that is over: how many bytes were written or read; less than 0 when it failed. */
  readonly result: number;
  /** Why the last call failed, if the system told; without it, making the same call again tells. */
  readonly error: Error | undefined;
  /** Writes the first bytes of the source, which may change once this returns. */
  write(descriptor: number, source: Uint8Array, position: number, limitMs: number): boolean;
  truncate(descriptor: number, sizeBytes: number, limitMs: number): boolean;
  /** Reads bytes into the target, maybe fewer than it holds; leaves it unchanged when they come too late. */
  read(descriptor: number, target: Uint8Array, position: number, limitMs: number): boolean;
  callByName(call: NamedCall, limitMs: number): boolean;
}

/** The threads that all watched disks of a process share. */
export interface DiskThreads {
  /** A thread that can take a call. Undefined before the first has started, and when none can be started, see {@link obstacle}. */
  readonly ready: DiskThread | undefined;
  /** Why no thread could be started at the last attempt; undefined when one could. */
  readonly obstacle: string | undefined;
  /** Resolves when a thread is ready, or when none will be in time. */
  open(): Promise<void>;
  close(): void;
  /**
   * True when no thread is ready but one is being started, because others are in calls that take too long. `ready` is then called
   * when it has started, or has failed to.
   */
  awaitReady(ready: () => void): boolean;
  /** The patience with one directory, shared by all who watch it. */
  patienceWith(directory: string): Patience;
  /** See {@link LongCalls}. */
  run<T>(disk: object, call: LongCall<T>): Promise<T>;
  /** The thread is in a call that takes too long; `ended` is called when that call is over. */
  leave(thread: DiskThread, ended: () => void): void;
}
