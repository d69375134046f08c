import { setTimeout } from "node:timers";
import type { CallThread } from "./call-thread.ts";
import type { NamedCall } from "./shared-call.ts";

/** The pause between two looks at a call in progress is a fraction of the time that it has taken so far, within these limits. */
const LEAST_PAUSE_MS = 1;
const LONGEST_PAUSE_MS = 50;
const FRACTION = 4;

/** A call has failed, and the thread could not tell why: making the call again tells. */
export class UntoldFailure extends Error {
  override readonly name = "UntoldFailure";
}

/** A thread that makes calls, one at a time, without blocking the loop: each takes as long as its disk does. */
export class PatientThread {
  private readonly thread: CallThread;

  constructor(thread: CallThread) {
    this.thread = thread;
  }

  get isDead(): boolean {
    return this.thread.isDead;
  }

  /** May be called in the middle of a call. */
  end(): void {
    this.thread.end();
  }

  /** Resolves when what was written to the file, or the names in the directory, are on the disk. */
  async sync(descriptor: number): Promise<void> {
    await this.made((thread) => thread.sync(descriptor, 0));
  }

  /** Resolves with how many bytes were read: fewer than the target holds only at the end of the file. */
  async read(descriptor: number, target: Uint8Array, position: number): Promise<number> {
    let count = 0;
    while (count < target.length) {
      const rest = target.subarray(count);
      const read = await this.made((thread) => thread.read(descriptor, rest, position + count, 0));
      this.thread.takeRead(rest);
      if (read === 0) break;
      count += read;
    }
    return count;
  }

  async write(descriptor: number, source: Uint8Array, position: number): Promise<void> {
    for (let count = 0; count < source.length; ) {
      const rest = source.subarray(count);
      count += await this.made((thread) => thread.write(descriptor, rest, position + count, 0));
    }
  }

  async callByName(call: NamedCall): Promise<void> {
    await this.made((thread) => thread.callByName(call, 0));
  }

  private async made(begin: (thread: CallThread) => boolean): Promise<number> {
    const { thread } = this;
    begin(thread);
    const startMs = performance.now();
    while (!thread.hasEnded) {
      const pauseMs = Math.min((performance.now() - startMs) / FRACTION, LONGEST_PAUSE_MS);
      await new Promise<void>((resolve) => setTimeout(resolve, Math.max(pauseMs, LEAST_PAUSE_MS)));
    }
    const { error, result } = thread;
    if (error !== undefined) throw error;
    if (result < 0) throw new UntoldFailure("A call to the file system has failed in another thread");
    return result;
  }
}
