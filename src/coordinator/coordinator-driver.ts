import { ErrorCode } from "../protocol/error-codes.ts";
import type { CompressionName } from "../record/compression/index.ts";
import type { Cancel, Runtime } from "../runtime.ts";
import { Timeline } from "../timeline/timeline.ts";
import { ActiveCoordinator } from "./active-coordinator.ts";
import type {
  Coordinator,
  CoordinatorFactory,
  CoordinatorPartition,
  CoordinatorSerde,
  TransactionMarker,
} from "./coordinator.ts";
import { loadCoordinator } from "./coordinator-loader.ts";
import type { Decision } from "./decision.ts";

export interface CoordinatorDriverOptions<R, C extends Coordinator<R>> {
  readonly runtime: Pick<Runtime, "clock" | "files" | "checksums" | "compression" | "log">;
  readonly topic: string;
  readonly create: CoordinatorFactory<R, C>;
  readonly serde: CoordinatorSerde<R>;
  readonly compression: CompressionName;
  /** How long an operation waits for its records to be committed, in milliseconds. */
  readonly commitTimeoutMs: number;
  readonly loadBufferBytes: number;
}

/**
 * The coordinators of a topic's partitions that this broker leads: loads one when the broker becomes the leader, runs
 * operations on it, and drops it when somebody else does. The same for groups, transactions and share state.
 */
export class CoordinatorDriver<R, C extends Coordinator<R>> {
  readonly #options: CoordinatorDriverOptions<R, C>;
  readonly #hosted = new Map<number, Hosted<R, C>>();

  constructor(options: CoordinatorDriverOptions<R, C>) {
    this.#options = options;
  }

  /** This broker leads the partition from now on. If it led before, in an earlier epoch, what is loaded stays valid. */
  elected(index: number, partition: CoordinatorPartition): void {
    const hosted = this.#hosted.get(index);
    if (hosted !== undefined && hosted.leaderEpoch >= partition.leaderEpoch) return;
    if (hosted?.active !== undefined) {
      hosted.active.partition = partition;
      this.#hosted.set(index, { ...hosted, leaderEpoch: partition.leaderEpoch });
      return;
    }
    hosted?.cancelLoad();
    this.#load(index, partition);
  }

  /** Another broker leads the partition, or none does, or it is deleted. */
  resigned(index: number): void {
    const hosted = this.#hosted.get(index);
    if (hosted === undefined) return;
    this.#hosted.delete(index);
    hosted.cancelLoad();
    hosted.active?.close();
  }

  close(): void {
    for (const index of [...this.#hosted.keys()]) this.resigned(index);
  }

  /** Runs an operation, see {@link ActiveCoordinator.run}. Fails at once when the partition is not loaded here. */
  write<T>(
    index: number,
    operation: (coordinator: C, decision: Decision<R>) => T,
    done: (result: T) => void,
    failed: (errorCode: number) => void,
  ): void {
    const active = this.#hosted.get(index)?.active;
    if (active === undefined) failed(this.#unavailable(index));
    else active.run(operation, done, failed);
  }

  /** Ends a producer's transaction in a partition, see {@link ActiveCoordinator.completeTransaction}. */
  completeTransaction(
    index: number,
    marker: TransactionMarker,
    timeoutMs: number,
    done: (errorCode: number) => void,
  ): void {
    const active = this.#hosted.get(index)?.active;
    if (active === undefined) done(this.#unavailable(index));
    else active.completeTransaction(marker, timeoutMs, done);
  }

  /** Reads the committed state, for answers that have nothing to wait for. */
  read(index: number, query: (coordinator: C) => void, failed: (errorCode: number) => void): void {
    const active = this.#hosted.get(index)?.active;
    if (active === undefined) failed(this.#unavailable(index));
    else query(active.coordinator);
  }

  /** The partitions led here, loaded or not. */
  indexes(): number[] {
    return [...this.#hosted.keys()];
  }

  #unavailable(index: number): number {
    const isLoading = this.#hosted.get(index)?.isFailed === false;
    return isLoading ? ErrorCode.COORDINATOR_LOAD_IN_PROGRESS : ErrorCode.NOT_COORDINATOR;
  }

  #load(index: number, partition: CoordinatorPartition): void {
    const { runtime, topic, create, serde, compression, commitTimeoutMs, loadBufferBytes } = this.#options;
    const { leaderEpoch } = partition;
    const name = `${topic}-${index}`;
    const timeline = new Timeline();
    const coordinator = create(index, timeline);
    const options = { runtime, partition, coordinator, timeline, serde };
    const cancelLoad = loadCoordinator({ ...options, bufferBytes: loadBufferBytes }, (result) => {
      if (result instanceof Error) {
        runtime.log.write("error", `Could not load ${name} in leader epoch ${leaderEpoch}: ${result.message}`);
        this.#hosted.set(index, { leaderEpoch, cancelLoad, isFailed: true, active: undefined });
        return;
      }
      const { recordCount, sizeBytes, elapsedMs, unknownCount } = result;
      runtime.log.write(
        recordCount === 0 ? "debug" : "info",
        `Loaded ${name} in leader epoch ${leaderEpoch}: ${recordCount} records, ${sizeBytes} bytes, ${Math.round(elapsedMs)} ms`,
      );
      if (unknownCount > 0) {
        runtime.log.write("warn", `${name} holds ${unknownCount} records of kinds unknown here; they are left alone`);
      }
      const outOfSync = (): void => this.#reload(index, this.#hosted.get(index)?.active?.partition ?? partition);
      const active = new ActiveCoordinator({ ...options, compression, commitTimeoutMs, outOfSync });
      this.#hosted.set(index, { leaderEpoch, cancelLoad, isFailed: false, active });
    });
    this.#hosted.set(index, { leaderEpoch, cancelLoad, isFailed: false, active: undefined });
  }

  #reload(index: number, partition: CoordinatorPartition): void {
    const name = `${this.#options.topic}-${index}`;
    this.#options.runtime.log.write(
      "error",
      `Something other than its coordinator has appended to ${name}; loading it again`,
    );
    this.resigned(index);
    this.#load(index, partition);
  }
}

interface Hosted<R, C extends Coordinator<R>> {
  readonly leaderEpoch: number;
  readonly cancelLoad: Cancel;
  readonly isFailed: boolean;
  /** Undefined while it is loading, and when that failed. */
  readonly active: ActiveCoordinator<R, C> | undefined;
}
