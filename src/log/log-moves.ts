import type { Log } from "./log.ts";
import type { LogDirectory } from "./log-directory.ts";
import { type FoundLog, settleMove } from "./move-settlement.ts";
import { isSystemError } from "./storage-guard.ts";

/** Told when logs move between directories, for those who keep something about a log in its directory. */
export interface LogMoveListener {
  /** A copy of the log has begun; until that ends, the log must not be compacted. */
  moveStarted?(log: Log): void;
  /** The log in the directory `to` has taken the place of the one in `from`. */
  moved?(log: Log, from: string, to: string): void;
  /** The copy is gone, and the log is where it was. */
  moveCancelled?(log: Log): void;
}

/** What moves need of the manager of all logs. */
export interface LogMovesOwner {
  /** Those in use, by `<topic>-<partition>`. */
  readonly logs: Map<string, Log>;
  directories(): readonly LogDirectory[];
  directoryOf(log: Log): LogDirectory;
  failed(directory: LogDirectory, error: unknown): void;
  warn(line: string): void;
}

/** A log that a start has found. */
interface LoadedLog extends FoundLog {
  readonly directory: LogDirectory;
  readonly log: Log;
}

/**
 * Logs on their way to another log directory (KIP-113). Each has a copy there, the future log, which takes its place once
 * it holds the same; filling it is somebody else's work.
 */
export class LogMoves {
  readonly #owner: LogMovesOwner;
  readonly #futures = new Map<string, Log>();
  readonly #listeners: LogMoveListener[] = [];

  constructor(owner: LogMovesOwner) {
    this.#owner = owner;
  }

  addListener(listener: LogMoveListener): void {
    this.#listeners.push(listener);
  }

  future(topic: string, partition: number): Log | undefined {
    return this.#futures.get(`${topic}-${partition}`);
  }

  futures(): Iterable<Log> {
    return this.#futures.values();
  }

  /** An empty log in another directory, to be filled with what is in this one. */
  start(log: Log, directory: LogDirectory): Log {
    log.rewriteLease.revoke();
    const future = directory.createFuture(log);
    this.#futures.set(`${log.topic}-${log.partition}`, future);
    for (const listener of this.#listeners) listener.moveStarted?.(log);
    return future;
  }

  /** When the copy may be filled, if not at once: what was in its directory under this name is gone from the checkpoints, too. */
  ready(future: Log): Promise<void> | undefined {
    return this.#owner.directoryOf(future).untilForgotten(future);
  }

  /** Removes the copy, if there is one. */
  cancel(topic: string, partition: number): void {
    const name = `${topic}-${partition}`;
    const future = this.#futures.get(name);
    if (future === undefined) return;
    this.#futures.delete(name);
    this.#owner.directoryOf(future).delete(future);
    this.#cancelled(name);
  }

  /**
   * The copy, which holds all that the log in use holds, takes its place. A kill in between leaves a copy without a log in
   * use, and the next start knows that it is whole; the other way round there would be two logs. Undefined when the disk of the
   * log in use stalls just then: nothing has changed.
   */
  complete(log: Log): Log | undefined {
    const name = `${log.topic}-${log.partition}`;
    const future = this.#futures.get(name);
    if (future === undefined) throw new Error(`${log.directory} is not being moved`);
    const from = this.#owner.directoryOf(log);
    const to = this.#owner.directoryOf(future);
    const original = log.directory;
    from.renameAway(log);
    if (from.isStalled) {
      // A kill would leave it under its name.
      log.renameDirectory(original);
      return undefined;
    }
    try {
      to.promote(future);
    } catch (error) {
      log.renameDirectory(original);
      throw error;
    }
    future.cleanerOffset = log.cleanerOffset;
    from.release(log);
    this.#futures.delete(name);
    this.#owner.logs.set(name, future);
    for (const listener of this.#listeners) listener.moved?.(future, from.path, to.path);
    void this.#sync(from, to);
    return future;
  }

  /** The directory of the copy has failed. */
  lost(future: Log): void {
    const name = `${future.topic}-${future.partition}`;
    if (this.#futures.get(name) !== future) return;
    this.#futures.delete(name);
    this.#cancelled(name);
  }

  /**
   * Of each partition one log is in use, and one may be its copy, whatever a kill has left. A directory whose disk fails
   * meanwhile is out of use, as at any other time.
   */
  settle(isAssigned: (log: Log, directory: LogDirectory) => boolean, mayBeInFailedDirectory: () => boolean): void {
    const found = new Map<string, LoadedLog[]>();
    for (const directory of this.#owner.directories()) {
      for (const [name, log] of directory.logs) {
        const { isFuture, logEndOffset } = log;
        const loaded = { directory, log, isFuture, logEndOffset, isAssigned: isAssigned(log, directory) };
        found.set(name, [...(found.get(name) ?? []), loaded]);
      }
    }
    for (const [name, logs] of found) {
      const left = logs.filter(({ directory }) => this.#owner.directories().includes(directory));
      this.#settleOne(name, left, mayBeInFailedDirectory());
    }
  }

  clear(): void {
    this.#futures.clear();
  }

  #settleOne(name: string, logs: readonly LoadedLog[], mayBeInFailedDirectory: boolean): void {
    const { current, future, superfluous } = settleMove(logs, mayBeInFailedDirectory);
    for (const { directory, log } of superfluous) {
      unlessDiskFails(() => directory.putAside(log, "another log directory has the partition"));
    }
    if (current?.isFuture) {
      this.#owner.warn(`${current.log.directory} is complete: the move that a stop has interrupted is ended`);
      if (!unlessDiskFails(() => current.directory.promote(current.log))) return;
    }
    if (current !== undefined) this.#owner.logs.set(name, current.log);
    if (future !== undefined) this.#futures.set(name, future.log);
  }

  #cancelled(name: string): void {
    const log = this.#owner.logs.get(name);
    if (log !== undefined) for (const listener of this.#listeners) listener.moveCancelled?.(log);
  }

  /** The new place first: a power cut must not leave the partition without any. */
  async #sync(from: LogDirectory, to: LogDirectory): Promise<void> {
    for (const directory of [to, from]) {
      try {
        await directory.sync();
        await directory.checkpointRecoveryPoints();
        await directory.checkpointLogStartOffsets();
        await directory.checkpointCleanerOffsets();
      } catch (error) {
        this.#owner.failed(directory, error);
      }
    }
  }
}

/** False when it does: the directory is out of use then, as everybody has been told. */
function unlessDiskFails(action: () => void): boolean {
  try {
    action();
    return true;
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return false;
  }
}
