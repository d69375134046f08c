import { fstatSync, ftruncateSync, readdirSync, readSync, statSync, writeSync } from "node:fs";
import { type CachedReads, NOT_CACHED } from "../../adapters/shared/disk-watch/cached-reads.ts";
import type { DiskThread, DiskThreads } from "../../adapters/shared/disk-watch/disk-thread.ts";
import type { LongCall } from "../../adapters/shared/disk-watch/long-calls.ts";
import { Patience } from "../../adapters/shared/disk-watch/patience.ts";
import { FAILED, type NamedCall } from "../../adapters/shared/disk-watch/shared-call.ts";
import { createDiskFiles } from "../../adapters/shared/files/disk-files.ts";
import { pathCalls } from "../../adapters/shared/files/path-calls.ts";
import type { FileSystem } from "../../src/runtime.ts";

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
  /** A disk that is dead, where one that is frozen answers what only reads. */
  isDead = false;
  /** What of files has been read or written, so that it is read without this disk. */
  readonly pages = new PageCache();
  private finish: () => void = () => {};
  private readonly ended: (() => void)[] = [];

  /** The system's, of which what is watched hangs with these threads, and is read where these know it to be in memory. */
  createFiles(): FileSystem {
    return createDiskFiles(
      () => undefined,
      undefined,
      undefined,
      this,
      () => this.pages,
    );
  }

  get isHanging(): boolean {
    return this.ended.length > 0;
  }

  get ready(): DiskThread {
    const { pages } = this;
    const call = (name: string, all: () => void, half?: () => void) => this.call(thread, name, all, half);
    const thread = {
      result: 0,
      error: undefined as Error | undefined,
      write(descriptor: number, source: Uint8Array, position: number) {
        const bytes = source.slice();
        const write = (end: number) => {
          thread.result = writeSync(descriptor, bytes, 0, end, position);
          pages.add(descriptor, position, thread.result);
        };
        return call(
          "write",
          () => write(bytes.length),
          () => write(bytes.length >> 1),
        );
      },
      truncate: (descriptor: number, sizeBytes: number) => call("truncate", () => ftruncateSync(descriptor, sizeBytes)),
      read: (descriptor: number, target: Uint8Array, position: number) =>
        this.look(thread, () => {
          thread.result = readSync(descriptor, target, 0, target.length, position);
          pages.add(descriptor, position, target.length);
        }),
      callByName: ({ call: name, path, to = "", timeMs = 0 }: NamedCall) => {
        if (name === "stat") return this.look(thread, () => void statSync(path, { throwIfNoEntry: false }));
        if (name === "list") return this.look(thread, () => void readdirSync(path));
        return call(`${name} ${path}`, () => {
          if (name !== "touch" && name !== "syncDirectory") pathCalls[name](path, to, timeMs);
        });
      },
    };
    return thread;
  }

  async open(): Promise<void> {}
  close(): void {}

  awaitReady(): boolean {
    return false;
  }

  run<T>(_: object, call: LongCall<T>): Promise<T> {
    return call.byRuntime();
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

  private look(thread: Outcome, perform: () => void): boolean {
    if (this.isDead && this.callsLeft-- <= 0) return false;
    attempt(thread, perform);
    return true;
  }

  private call(thread: Outcome, name: string, all: () => void, half: () => void = () => {}): boolean {
    this.calls.push(name);
    const perform = () => attempt(thread, all);
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

const PAGE_BYTES = 4096;

class PageCache implements CachedReads {
  private readonly pages = new Set<string>();

  add(descriptor: number, position: number, length: number): void {
    for (const page of pagesOf(descriptor, position, length)) this.pages.add(page);
  }

  prepare(): void {}

  read(descriptor: number, target: Uint8Array, position: number): number {
    const isCached = pagesOf(descriptor, position, target.length).every((page) => this.pages.has(page));
    return isCached ? readSync(descriptor, target, 0, target.length, position) : NOT_CACHED;
  }
}

/** None behind the end of the file. */
function pagesOf(descriptor: number, position: number, length: number): string[] {
  const { ino, size } = fstatSync(descriptor);
  const end = Math.min(position + length, size);
  const pages: string[] = [];
  for (let page = Math.floor(position / PAGE_BYTES); page * PAGE_BYTES < end; page++) pages.push(`${ino} ${page}`);
  return pages;
}

type Outcome = Pick<DiskThread, "result" | "error">;

function attempt(thread: Outcome, perform: () => void): void {
  try {
    perform();
  } catch (error) {
    Object.assign(thread, { result: FAILED, error });
  }
}
