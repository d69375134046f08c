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

  constructor(report: (error: Error) => void) {
    this.#report = report;
  }

  /** That of the log in a directory, which tells the operator and the owner. */
  static of(log: {
    readonly directory: string;
    readonly runtime: { readonly log: LogSink };
    readonly onFailure?: (error: Error) => void;
  }): StorageGuard {
    const guard = new StorageGuard((error) => {
      log.runtime.log.write("error", `${guard.name} is out of use: ${error.message}`);
      log.onFailure?.(error);
    });
    guard.name = log.directory;
    return guard;
  }

  /** Answers undefined when the action failed. */
  attempt<T>(action: () => T): T | undefined {
    try {
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
      return action();
    } catch (error) {
      throw isSystemError(error) ? this.fail(error) : error;
    }
  }

  readonly fail = (error: Error): Error => {
    if (this.failure === undefined) {
      this.failure = error;
      this.#report(error);
    }
    return error;
  };

  /** The log is closed: what fails after that is nobody's concern. */
  close(): void {
    this.failure ??= new Error("The log is closed");
  }
}

export function isSystemError(error: unknown): error is SystemError {
  // The names of POSIX errors have no underscore; those of mistaken calls do.
  return error instanceof Error && /^E[A-Z0-9]+$/.test(String((error as { code?: unknown }).code));
}
