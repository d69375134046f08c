import type { LogManager } from "../../log/log-manager.ts";
import { isSystemError } from "../../log/storage-guard.ts";
import type { Cancel, Runtime } from "../../runtime.ts";
import type { Partition } from "../partition.ts";
import type { ReplicationQuota } from "../replication-quota.ts";
import { LogDirMove, LogDirMoveError } from "./log-dir-move.ts";
import { MoveSlots } from "./move-slots.ts";

const PIECE_BYTES = 256 * 1024;
/** How long a copy goes on, in milliseconds, before clients are served again; longer while they write faster. */
const TURN_MS = { shortest: 2, longest: 16 } as const;
const TURN_BYTES = 8 * 1024 * 1024;
const THROTTLE_CHECK_MS = 50;
const STALL_CHECK_MS = 50;
/**
 * What is on the disk in the log in use has to be on the disk in the copy too, before that takes its place. If clients write so fast
 * that this is still not the case after so many flushes, the next acknowledgements wait for it.
 */
const MAX_FLUSHES = 3;

export interface LogDirMoverOptions {
  readonly runtime: Pick<Runtime, "clock" | "log" | "fatal">;
  readonly logs: LogManager;
  /** `num.replica.alter.log.dirs.threads`: how many partitions move at the same time. */
  readonly threads: number;
  /** `replica.alter.log.dirs.io.max.bytes.per.second` */
  readonly quota: ReplicationQuota;
  /** Tells the controller where the partition is going to be. `accepted` is called when it has accepted that, if it ever does. */
  readonly announce: (partition: Partition, directory: string, accepted: () => void) => void;
}

/**
 * Copies partitions to other log directories, a piece at a time, while they are read and written. When a copy holds the same as the
 * log in use, has as much of it on the disk, and the controller knows of the new place (KIP-858), it takes the log's place in one
 * turn.
 */
export class LogDirMover {
  readonly #options: LogDirMoverOptions;
  readonly #moves = new Map<Partition, LogDirMove>();
  readonly #waiting = new Set<LogDirMove>();
  readonly #slots: MoveSlots;
  #isClosed = false;
  readonly #timers = new Set<Cancel>();

  constructor(options: LogDirMoverOptions) {
    this.#options = options;
    this.#slots = new MoveSlots(options.runtime.clock, options.threads, () => this.#fillSlots());
  }

  /** The move in progress. */
  moveOf(partition: Partition): LogDirMove | undefined {
    return this.#moves.get(partition);
  }

  /** The future log is there; it may hold something already. */
  start(partition: Partition): void {
    const future = this.#options.logs.moves.future(partition.topic, partition.index);
    if (future === undefined || this.#moves.has(partition) || this.#isClosed) return;
    partition.futureLog = future;
    const move = new LogDirMove(partition, future);
    this.#moves.set(partition, move);
    this.#waiting.add(move);
    this.#fillSlots();
  }

  /** Stops a move; returns it if there was one. */
  stop(partition: Partition): LogDirMove | undefined {
    const move = this.#moves.get(partition);
    if (move === undefined) return undefined;
    this.#moves.delete(partition);
    this.#waiting.delete(move);
    partition.futureLog = null;
    move.stop();
    return move;
  }

  close(): void {
    this.#isClosed = true;
    for (const cancel of this.#timers) cancel();
    for (const partition of [...this.#moves.keys()]) this.stop(partition);
  }

  /** By topic and partition, as Apache Kafka chooses the next one. */
  #fillSlots(): void {
    while (this.#slots.hasFree && this.#waiting.size > 0) {
      const next = [...this.#waiting].reduce((first, move) => (comesBefore(move, first) ? move : first));
      this.#waiting.delete(next);
      this.#slots.take();
      void this.#run(next).finally(() => this.#slots.giveBack());
    }
  }

  async #run(move: LogDirMove): Promise<void> {
    const { runtime, logs } = this.#options;
    const { partition, future } = move;
    const name = `${partition.topic}-${partition.index}`;
    try {
      runtime.log.write("info", `Copying ${name} to ${logs.directoryOf(future)} from offset ${future.logEndOffset} on`);
      const ready = logs.moves.ready(future);
      if (ready !== undefined) await move.untilDone((done) => void ready.then(done));
      await this.#copyAll(move);
      await this.#flush(move);
      await move.untilDone((accepted) => {
        move.isAnnounced = true;
        this.#options.announce(partition, logs.directoryOf(future), accepted);
      });
      for (let flushes = 0; !move.isStopped; flushes++) {
        await this.#copyAll(move);
        if (move.isStopped || this.#takePlace(move)) return;
        if (flushes >= MAX_FLUSHES) move.hold();
        await this.#flush(move);
      }
    } catch (error) {
      if (move.isStopped) return;
      if (!(error instanceof LogDirMoveError || isSystemError(error))) runtime.fatal(error as Error);
      this.#failed(move, error as Error);
    }
  }

  /** Copies until there is nothing left to copy, which still holds when the caller goes on. */
  async #copyAll(move: LogDirMove): Promise<void> {
    let turnMs: number = TURN_MS.shortest;
    let lag = Number.POSITIVE_INFINITY;
    while (!move.isStopped && !this.#copyTurn(move, turnMs)) {
      // Clients that write faster than this copies must not keep the move from ending.
      turnMs = move.lag > lag ? Math.min(2 * turnMs, TURN_MS.longest) : TURN_MS.shortest;
      lag = move.lag;
      if (move.isStalled) await this.#slots.lendDuring(this.#untilAnswered(move));
      do await this.#pause(move);
      while (!move.isStopped && this.#options.quota.isExceeded);
    }
  }

  /** Whether there is nothing more to copy. */
  #copyTurn(move: LogDirMove, turnMs: number): boolean {
    const { quota, runtime } = this.#options;
    const endMs = runtime.clock.elapsed() + turnMs;
    let left = TURN_BYTES;
    do {
      if (move.isWhole) return true;
      const copied = move.copy(Math.min(PIECE_BYTES, quota.boundBytesPerSecond));
      quota.record(copied);
      left -= copied;
    } while (left > 0 && !quota.isExceeded && runtime.clock.elapsed() < endMs);
    return move.isWhole;
  }

  /** In one turn, so that nothing is appended in between; false when the disk is to be waited for first. */
  #takePlace(move: LogDirMove): boolean {
    const { partition } = move;
    move.copy(PIECE_BYTES);
    if (!move.isWhole || !move.isFlushed || !move.answers()) return false;
    move.copyEpochs();
    const { runtime, logs } = this.#options;
    const log = logs.moves.complete(move.source);
    if (log === undefined) return false;
    this.#moves.delete(partition);
    partition.replaceLog(log);
    runtime.log.write("info", `${partition.topic}-${partition.index} is in ${logs.directoryOf(log)} now`);
    return true;
  }

  /** A partition that cannot be copied stays where it is; an I/O error has already put its directory out of use. */
  #failed(move: LogDirMove, error: Error): void {
    const { runtime, logs } = this.#options;
    const { topic, index } = move.partition;
    runtime.log.write("error", `${topic}-${index} can't be moved and stays where it is: ${error.message}`);
    if (this.#moves.get(move.partition) === move) logs.moves.cancel(topic, index);
  }

  /** A disk that hangs holds up neither other copies nor acknowledgements of records in the log in use. */
  #flush(move: LogDirMove): Promise<void> {
    const flushed = move.untilDone((done, failed) => {
      move.future.flush().then(done, failed);
    });
    return this.#slots.lendDuring(flushed, () => move.release());
  }

  async #untilAnswered(move: LogDirMove): Promise<void> {
    while (!move.isStopped && move.isStalled) await this.#sleep(move, STALL_CHECK_MS);
  }

  /** Clients are served in between. */
  #pause(move: LogDirMove): Promise<void> {
    const { quota, runtime } = this.#options;
    if (quota.isExceeded) return this.#sleep(move, THROTTLE_CHECK_MS);
    return move.untilDone((done) => runtime.clock.defer(done));
  }

  #sleep(move: LogDirMove, delayMs: number): Promise<void> {
    return move.untilDone((done) => {
      const cancel = this.#options.runtime.clock.schedule(delayMs, () => {
        this.#timers.delete(cancel);
        done();
      });
      this.#timers.add(cancel);
    });
  }
}

function comesBefore(a: LogDirMove, b: LogDirMove): boolean {
  const [one, other] = [a.partition, b.partition];
  return one.topic < other.topic || (one.topic === other.topic && one.index < other.index);
}
