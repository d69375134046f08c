import type { DiskWatch } from "../disk-watch.ts";
import type { LogSink, SystemError } from "../runtime.ts";

/**
 * Keeps the first I/O error of a log: from then on the log is out of use, and its owner has been told. Anything that is
 * no I/O error is a broken invariant and goes on its way.
 */
export class StorageGuard {
  /** Undefined while all is well. */
  failure: Error | undefined = undefined;
  /** What the operator is told has failed. */
  name = "";
  readonly #report: (error: Error) => void;
  readonly #disk: DiskWatch | undefined;
  /** What a write that came too late has left to do. */
  #afterStall: (() => void) | undefined = undefined;

  constructor(report: (error: Error) => void, disk?: DiskWatch) {
    this.#report = report;
    this.#disk = disk;
  }

  /** That of the log in a directory, which tells the operator and the owner. */
  static of(log: {
    readonly directory: string;
    readonly runtime: { readonly log: LogSink; readonly files: { readonly watched?: DiskWatch | undefined } };
    readonly onFailure?: (error: Error) => void;
  }): StorageGuard {
    const guard = new StorageGuard((error) => {
      log.runtime.log.write("error", `${guard.name} is out of use: ${error.message}`);
      log.onFailure?.(error);
    }, log.runtime.files.watched);
    guard.name = log.directory;
    return guard;
  }

  /** The disk has not answered in time, and has not answered since: what can be refused is to be. */
  get isStalled(): boolean {
    return this.#disk?.isStalled === true;
  }

  /** Whether what goes beyond one write may be begun: in the middle of it, a disk that stalls would be a failure. */
  answers(): boolean {
    return this.#disk?.answers() ?? true;
  }

  /** Resolves when the disk answers. */
  async untilAnswered(): Promise<void> {
    if (this.#disk !== undefined) await untilAnswered(this.#disk);
  }

  /** The disk has stalled: as soon as it answers, and before anything else is done to the log, `action` is. */
  afterStall(action: () => void): void {
    this.#afterStall = action;
    void this.#settleLater();
  }

  async #settleLater(): Promise<void> {
    await this.untilAnswered();
    this.attempt(() => {});
  }

  /** Answers undefined when the action failed. */
  attempt<T>(action: () => T): T | undefined {
    try {
      this.#settle();
      return action();
    } catch (error) {
      if (!isSystemError(error)) throw error;
      this.fail(error);
      return undefined;
    }
  }

  /** Throws what the action throws, and remembers it. */
  run<T>(action: () => T): T {
    try {
      this.#settle();
      return action();
    } catch (error) {
      throw isSystemError(error) ? this.fail(error) : error;
    }
  }

  /** As {@link run}, for what changes nothing: a disk that has not answered in time has not failed. */
  read<T>(action: () => T): T {
    try {
      this.#settle();
      return action();
    } catch (error) {
      throw isSystemError(error) && !isRefusal(error) ? this.fail(error) : error;
    }
  }

  /** As {@link read}; answers undefined when the action failed, or the disk has not answered. */
  attemptRead<T>(action: () => T): T | undefined {
    try {
      return this.read(action);
    } catch (error) {
      if (!isSystemError(error)) throw error;
      return undefined;
    }
  }

  readonly fail = (error: Error): Error => {
    if (this.failure === undefined) {
      this.failure = error;
      this.#report(error);
    }
    return error;
  };

  #settle(): void {
    const action = this.#afterStall;
    if (action === undefined || this.failure !== undefined || !this.answers()) return;
    this.#afterStall = undefined;
    try {
      action();
    } catch (error) {
      if (!isRefusal(error)) throw error;
      this.afterStall(action);
    }
  }

  /** The log is closed: what fails after that is nobody's concern. */
  close(): void {
    this.#afterStall = undefined;
    this.failure ??= new Error("The log is closed");
  }
}

export function isSystemError(error: unknown): error is SystemError {
  // The names of POSIX errors have no underscore; those of mistaken calls do.
  return error instanceof Error && /^E[A-Z0-9]+$/.test(String((error as { code?: unknown }).code));
}

/** Of what was to be read, or found by its name: the disk has stalled. Other file systems have no such error for what is no pipe. */
export function isRefusal(error: unknown): boolean {
  return (error as { code?: unknown } | undefined)?.code === "EAGAIN";
}

/** Does what reads as soon as the disk answers. */
export async function whenReadable<T>(disk: DiskWatch | undefined, action: () => T): Promise<T> {
  for (;;) {
    try {
      return action();
    } catch (error) {
      if (!isRefusal(error)) throw error;
      await disk?.answered();
    }
  }
}

/** Resolves when the disk answers. */
export async function untilAnswered(disk: DiskWatch): Promise<void> {
  while (!disk.answers()) await disk.answered();
}
