import { hasFutureDirectoryName } from "../../log/file-names.ts";
import type { Log } from "../../log/log.ts";
import type { LogManager } from "../../log/log-manager.ts";
import type { LogMoveListener } from "../../log/log-moves.ts";
import { isSystemError } from "../../log/storage-guard.ts";
import { ErrorCode } from "../../protocol/error-codes.ts";
import type { Runtime } from "../../runtime.ts";
import type { Partition } from "../partition.ts";
import type { LeadershipListener } from "../replica-assignment.ts";
import type { ReplicationQuota } from "../replication-quota.ts";
import { LogDirMover } from "./log-dir-mover.ts";

/** Tells the controller where replicas are (KIP-858). */
export interface DirectoryAssignments {
  /** The newest word on a partition counts. `accepted` is called when the controller has it. */
  assign(
    replica: { readonly topicId: string; readonly index: number },
    directoryId: string,
    accepted: () => void,
  ): void;
}

export interface ReplicaDirectoriesOptions {
  readonly runtime: Pick<Runtime, "clock" | "log" | "fatal">;
  readonly logs: LogManager;
  readonly replicas: {
    partition(topic: string, index: number): Partition | undefined;
    missingErrorCode(topic: string, index: number): number;
  };
  readonly assignments: DirectoryAssignments;
  /** `num.replica.alter.log.dirs.threads` */
  readonly moveThreads: number;
  /** `replica.alter.log.dirs.io.max.bytes.per.second` */
  readonly moveQuota: ReplicationQuota;
}

/** In which log directories this broker's replicas are: the controller is told, and requests move them (KIP-113). */
export class ReplicaDirectories implements LeadershipListener, LogMoveListener {
  readonly #options: ReplicaDirectoriesOptions;
  readonly #mover: LogDirMover;

  constructor(options: ReplicaDirectoriesOptions) {
    this.#options = options;
    this.#mover = new LogDirMover({
      runtime: options.runtime,
      logs: options.logs,
      threads: options.moveThreads,
      quota: options.moveQuota,
      announce: (partition, directory, accepted) => this.#tell(partition, directory, accepted),
    });
    options.logs.moves.addListener(this);
  }

  close(): void {
    this.#mover.close();
  }

  /**
   * AlterReplicaLogDirs for one partition: it begins to move, goes on moving, or stays where it is after all. A partition
   * that is not here yet is created there when it comes. Answers an error code.
   */
  alter(topic: string, index: number, path: string): number {
    const { logs, replicas } = this.#options;
    if (!hasFutureDirectoryName(topic, index)) return ErrorCode.INVALID_TOPIC_EXCEPTION;
    const directory = logs.configuredAt(path);
    if (directory === undefined) return ErrorCode.LOG_DIR_NOT_FOUND;
    if (!logs.logDirs.includes(directory)) return ErrorCode.KAFKA_STORAGE_ERROR;
    const partition = replicas.partition(topic, index);
    if (partition?.isOffline) return ErrorCode.KAFKA_STORAGE_ERROR;
    if (partition === undefined || partition.log === null) {
      logs.preferDirectory(topic, index, directory);
      const errorCode = replicas.missingErrorCode(topic, index);
      return errorCode === ErrorCode.NOT_LEADER_OR_FOLLOWER ? ErrorCode.REPLICA_NOT_AVAILABLE : errorCode;
    }
    return this.#move(partition, partition.log, directory);
  }

  /** The metadata has the replica in the directory of this id; its log is open. */
  assigned(partition: Partition, directoryId: string): void {
    const { logs } = this.#options;
    const { topic, index, topicId, log } = partition;
    if (log === null) return;
    const future = logs.moves.future(topic, index);
    if (future !== undefined && future.topicId !== topicId) logs.moves.cancel(topic, index);
    else if (future !== undefined) this.#mover.start(partition);
    const actual = logs.directoryId(logs.directoryOf(log));
    // The controller has been told, or is about to be: where the replica still is would take the place of that, for good.
    const move = this.#mover.moveOf(partition);
    const isOnItsWay = move !== undefined && (move.isAnnounced || directoryId === this.#idOf(future));
    if (actual !== undefined && actual !== directoryId && !isOnItsWay) this.#tell(partition, logs.directoryOf(log));
  }

  stopped(partition: Partition): void {
    this.#mover.stop(partition);
  }

  moveCancelled(log: Log): void {
    const partition = this.#options.replicas.partition(log.topic, log.partition);
    const move = partition === undefined ? undefined : this.#mover.stop(partition);
    if (move?.isAnnounced) this.#tell(partition!, this.#options.logs.directoryOf(log));
  }

  #move(partition: Partition, log: Log, directory: string): number {
    const { logs, runtime } = this.#options;
    const { topic, index } = partition;
    const future = logs.moves.future(topic, index);
    const isOnItsWay = future !== undefined && logs.directoryOf(future) === directory;
    if (isOnItsWay) return ErrorCode.NONE;
    if (future !== undefined) logs.moves.cancel(topic, index);
    if (logs.directoryOf(log) === directory) return ErrorCode.NONE;
    // In a directory that has failed there may be another copy, which would come back with it.
    if (logs.hasFailedDirectory) return ErrorCode.KAFKA_STORAGE_ERROR;
    try {
      logs.startMove(log, directory);
    } catch (error) {
      if (!isSystemError(error)) throw error;
      runtime.log.write("error", `${topic}-${index} can't be moved to ${directory}: ${error.message}`);
      return ErrorCode.KAFKA_STORAGE_ERROR;
    }
    this.#mover.start(partition);
    return ErrorCode.NONE;
  }

  /** A directory without an id is one of before KIP-858: the controller knows of none. */
  #tell({ topicId, index }: Partition, directory: string, accepted: () => void = () => {}): void {
    const directoryId = this.#options.logs.directoryId(directory);
    if (directoryId === undefined) accepted();
    else this.#options.assignments.assign({ topicId, index }, directoryId, accepted);
  }

  #idOf(future: Log | undefined): string | undefined {
    const { logs } = this.#options;
    return future === undefined ? undefined : logs.directoryId(logs.directoryOf(future));
  }
}
