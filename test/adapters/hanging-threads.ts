import { ftruncateSync, writeSync } from "node:fs";
import type { DiskThread, DiskThreads } from "../../adapters/shared/disk-watch/disk-thread.ts";
import { Patience } from "../../adapters/shared/disk-watch/patience.ts";
import { FAILED, type NamedCall } from "../../adapters/shared/disk-watch/shared-call.ts";
import { pathCalls } from "../../adapters/shared/path-calls.ts";

/** What a call has done by the time that nobody waits for it any more: nothing yet, a part, or all. */
export type LateCall = "nothing" | "half" | "all";

/** Threads that make calls at once, on the loop, until from some call on the disk hangs. */
export class HangingThreads implements DiskThreads {
  readonly obstacle = undefined;
  /** Of the calls that were asked for. */
  readonly calls: string[] = [];
  /** How many are still made; then the disk hangs. */
  callsLeft = Number.POSITIVE_INFINITY;
  lateCall: LateCall = "all";
  private finish: () => void = () => {};
  private readonly ended: (() => void)[] = [];

  get isHanging(): boolean {
    return this.ended.length > 0;
  }

  get ready(): DiskThread {
    const call = (name: string, all: () => void, half?: () => void) => this.call(thread, name, all, half);
    const thread = {
      result: 0,
      error: undefined as Error | undefined,
      write(descriptor: number, source: Uint8Array, position: number) {
        const bytes = source.slice();
        const write = (end: number) => {
          thread.result = writeSync(descriptor, bytes, 0, end, position);
        };
        return call(
          "write",
          () => write(bytes.length),
          () => write(bytes.length >> 1),
        );
      },
      truncate: (descriptor: number, sizeBytes: number) => call("truncate", () => ftruncateSync(descriptor, sizeBytes)),
      callByName: ({ call: name, path, to = "", timeMs = 0 }: NamedCall) =>
        call(`${name} ${path}`, () => {
          if (name !== "touch") pathCalls[name](path, to, timeMs);
        }),
    };
    return thread;
  }

  async open(): Promise<void> {}
  close(): void {}

  awaitReady(): boolean {
    return false;
  }

  patienceWith(): Patience {
    return new Patience();
  }

  leave(_: DiskThread, ended: () => void): void {
    this.ended.push(ended);
  }

  /** The disk answers again, for so many calls. */
  goOn(calls = Number.POSITIVE_INFINITY): void {
    this.callsLeft = calls;
    const { finish } = this;
    this.finish = () => {};
    finish();
    for (const ended of this.ended.splice(0)) ended();
  }

  private call(
    thread: Pick<DiskThread, "result" | "error">,
    name: string,
    all: () => void,
    half: () => void = () => {},
  ): boolean {
    this.calls.push(name);
    const perform = () => {
      try {
        all();
      } catch (error) {
        Object.assign(thread, { result: FAILED, error });
      }
    };
    if (this.callsLeft-- > 0) {
      perform();
      return true;
    }
    if (this.lateCall === "all") perform();
    else this.finish = perform;
    if (this.lateCall === "half") half();
    return false;
  }
}
