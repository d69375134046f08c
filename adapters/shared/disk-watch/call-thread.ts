import { createDeferred } from "../../../src/deferred.ts";
import type { StartThread, Thread } from "../workers/job-thread.ts";
import type { DiskThread } from "./disk-thread.ts";
import {
  BY_NAME,
  DATA_BYTES,
  FAILED,
  type NamedCall,
  READ,
  SharedCall,
  STOP,
  SYNC,
  TRUNCATE,
  WRITE,
} from "./shared-call.ts";

/** A thread that makes calls to the file system, one at a time. The loop decides how long it waits for each. */
export class CallThread implements DiskThread {
  private readonly shared = new SharedCall();
  private readonly thread: Thread;
  private readonly encoder = new TextEncoder();
  private call = 0;
  private isUp = false;
  /** Resolves when the thread can take calls; rejects when it dies before that. */
  readonly up: Promise<void>;
  private hasDied = false;

  /** Throws what `start` throws. */
  constructor(start: StartThread) {
    const { promise, resolve, reject } = createDeferred<void>();
    this.up = promise;
    promise.catch(() => {});
    this.thread = start({
      answered: ({ kind }) => {
        if (kind !== "ready") return;
        this.thread.post({ calls: this.shared.memory });
        this.isUp = true;
        this.thread.hold(false);
        resolve();
      },
      died: (reason) => {
        this.hasDied = true;
        reject(reason);
      },
    });
  }

  get isDead(): boolean {
    return this.hasDied;
  }

  /** The thread can take a call. */
  get isReady(): boolean {
    return this.isUp && !this.hasDied && this.hasEnded;
  }

  /** The last call is over, whether it succeeded or failed. */
  get hasEnded(): boolean {
    return this.hasDied || this.shared.hasEnded(this.call);
  }

  /** The result of the last call; less than 0 after a failure. Without an {@link error}, making the same call again tells why. */
  get result(): number {
    return this.hasDied ? FAILED : this.shared.result;
  }

  get error(): Error | undefined {
    return this.hasDied ? undefined : this.shared.error;
  }

  /** Writes the first bytes of the source, which may change once this returns. False when that takes longer than `limitMs`. */
  write(descriptor: number, source: Uint8Array, position: number, limitMs: number): boolean {
    const length = Math.min(source.length, DATA_BYTES);
    this.shared.data.set(length === source.length ? source : source.subarray(0, length));
    return this.perform({ operation: WRITE, descriptor, length, position }, limitMs);
  }

  truncate(descriptor: number, sizeBytes: number, limitMs: number): boolean {
    return this.perform({ operation: TRUNCATE, descriptor, length: 0, position: sizeBytes }, limitMs);
  }

  /** Reads bytes into the target, maybe fewer than it holds. False, and the target is unchanged, when that takes longer. */
  read(descriptor: number, target: Uint8Array, position: number, limitMs: number): boolean {
    const length = Math.min(target.length, DATA_BYTES);
    if (!this.perform({ operation: READ, descriptor, length, position }, limitMs)) return false;
    this.takeRead(target);
    return true;
  }

  /** Copies what a call has read that ended after its time limit. */
  takeRead(target: Uint8Array): void {
    if (this.result > 0) target.set(this.shared.data.subarray(0, this.result));
  }

  sync(descriptor: number, limitMs: number): boolean {
    return this.perform({ operation: SYNC, descriptor, length: 0, position: 0 }, limitMs);
  }

  callByName(call: NamedCall, limitMs: number): boolean {
    const bytes = this.encoder.encode(JSON.stringify(call));
    this.shared.data.set(bytes);
    return this.perform({ operation: BY_NAME, descriptor: 0, length: bytes.length, position: 0 }, limitMs);
  }

  /** Ends the thread; if it is in the middle of a call, when that call returns. */
  end(): void {
    if (this.isReady) this.perform({ operation: STOP, descriptor: 0, length: 0, position: 0 }, 0);
    this.thread.end();
  }

  private perform(call: Parameters<SharedCall["begin"]>[1], limitMs: number): boolean {
    this.shared.begin(++this.call, call);
    return this.shared.waitForEnd(this.call, limitMs);
  }
}
