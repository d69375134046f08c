import type { DiskWatch, DiskWatchEvents } from "../../src/disk-watch.ts";
import type { FileSystem } from "../../src/runtime.ts";
import { FailingFiles } from "./failing-files.ts";

/** Calls that the disk must not be asked for while it hangs. */
const CHANGES = new Set(["open", "write", "truncate", "rename", "remove", "makeDirectory", "setModified"]);

/**
 * A file system whose disk hangs on demand. A write that is given up has written its first half by the time the disk answers,
 * and whoever asks for anything else, without having asked whether the disk answers, is noted: what can wait is to wait.
 */
export class StallingFiles extends FailingFiles implements DiskWatch {
  isStalled = false;
  isClosed = false;
  readonly ready = Promise.resolve();
  /** Calls that a watched disk would have postponed. */
  readonly held: string[] = [];
  private isHanging = false;
  private waiters: (() => void)[] = [];
  private readonly events: DiskWatchEvents;

  constructor(
    files: FileSystem,
    events: DiskWatchEvents = { stalled: () => {}, answered: () => {}, failed: () => {}, unwatched: () => {} },
  ) {
    super(files);
    this.events = events;
  }

  get watched(): DiskWatch {
    return this;
  }

  hang(): void {
    this.isHanging = true;
    this.fault = (call, path) => {
      if (!CHANGES.has(call)) return undefined;
      if (call !== "write" || this.isStalled) this.held.push(`${call} ${path}`);
      this.stall();
      return "ETIMEDOUT";
    };
  }

  goOn(): void {
    this.isHanging = false;
    this.fault = () => undefined;
    if (!this.isStalled) return;
    this.isStalled = false;
    if (!this.isClosed) this.events.answered(1_000);
    for (const resume of this.waiters.splice(0)) resume();
  }

  answers(): boolean {
    if (this.isHanging) this.stall();
    return !this.isStalled;
  }

  async answered(): Promise<void> {
    while (this.isStalled) await new Promise<void>((resolve) => this.waiters.push(resolve));
  }

  limitReads(): void {}

  close(): void {
    this.isClosed = true;
  }

  private stall(): void {
    if (this.isStalled) return;
    this.isStalled = true;
    this.events.stalled();
  }
}

/** A file system whose watched directories hang on demand. */
export class WatchableFiles extends FailingFiles {
  readonly #files: FileSystem;
  readonly #disks: Map<string, StallingFiles>;

  constructor(files: FileSystem, disks: Map<string, StallingFiles>) {
    super(files);
    this.#files = files;
    this.#disks = disks;
  }

  watch(directory: string, events: DiskWatchEvents): FileSystem {
    const disk = new StallingFiles(this.#files, events);
    this.#disks.set(directory, disk);
    return disk;
  }
}
