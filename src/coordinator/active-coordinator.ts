import { ErrorCode } from "../protocol/error-codes.ts";
import { buildBatch, type RecordInput } from "../record/batch-builder.ts";
import type { CompressionName } from "../record/compression/index.ts";
import { buildEndTransactionMarker } from "../record/control-record.ts";
import { RECORD_BATCH_OVERHEAD } from "../record/record-batch.ts";
import type { Cancel, Runtime } from "../runtime.ts";
import type { Timeline } from "../timeline/timeline.ts";
import type { Coordinator, CoordinatorPartition, CoordinatorSerde, TransactionMarker } from "./coordinator.ts";
import { CoordinatorTimers } from "./coordinator-timers.ts";
import { Decision } from "./decision.ts";

export interface ActiveCoordinatorOptions<R, C extends Coordinator<R>> {
  readonly runtime: Pick<Runtime, "clock" | "checksums" | "compression">;
  readonly partition: CoordinatorPartition;
  readonly coordinator: C;
  readonly timeline: Timeline;
  readonly serde: CoordinatorSerde<R>;
  readonly compression: CompressionName;
  readonly commitTimeoutMs: number;
  /** Something other than this coordinator has appended to the partition: the tables have to be loaded again. */
  readonly outOfSync: () => void;
}

/** Called once, with NONE when everything it waits for is committed. */
type Waiter = (errorCode: number) => void;

/** Records of one or more operations that go to the log together. */
interface OpenBatch {
  readonly baseOffset: number;
  readonly records: RecordInput[];
  sizeBytes: number;
  readonly waiters: Waiter[];
}

/** A batch in the log, above the high watermark. */
interface AppendedBatch {
  readonly endOffset: number;
  readonly timeoutMs: number;
  waiters: Waiter[];
  cancelTimeout: Cancel | undefined;
}

/** The most bytes that a record takes besides its key and value. */
const RECORD_OVERHEAD_BYTES = 32;

/**
 * One loaded partition: carries out what its coordinator decides.
 *
 * The first operation after a quiet moment is appended at once; those that follow in the same turn of the loop are
 * gathered and appended together at its end, so that many small commits cost one write and a single one waits for nobody.
 */
export class ActiveCoordinator<R, C extends Coordinator<R>> {
  readonly coordinator: C;
  partition: CoordinatorPartition;
  readonly #options: ActiveCoordinatorOptions<R, C>;
  readonly #timers: CoordinatorTimers;
  #nextOffset: number;
  #open: OpenBatch | undefined = undefined;
  /** In the order of their offsets. */
  readonly #uncommitted: AppendedBatch[] = [];
  /** Waiters whose time has come; they run when the operation in progress is carried out completely. */
  readonly #settled: (() => void)[] = [];
  #depth = 0;
  #isGathering = false;
  #isClosed = false;

  constructor(options: ActiveCoordinatorOptions<R, C>) {
    this.#options = options;
    this.coordinator = options.coordinator;
    this.partition = options.partition;
    this.#timers = new CoordinatorTimers(options.runtime.clock);
    this.#nextOffset = options.partition.logEndOffset;
    this.#awaitCommit([]);
    this.#decide((decision) => this.coordinator.loaded(decision));
  }

  /**
   * Lets the coordinator decide. `done` gets the result once the records, and all that were appended before, are
   * committed; `failed` the error that kept them from it.
   */
  run<T>(
    operation: (coordinator: C, decision: Decision<R>) => T,
    done: (result: T) => void,
    failed: (errorCode: number) => void,
  ): void {
    const decision = new Decision<R>(this.#options.runtime.clock.now());
    const result = operation(this.coordinator, decision);
    this.#carryOut(decision, (errorCode) => (errorCode === ErrorCode.NONE ? done(result) : failed(errorCode)));
  }

  /** Ends a producer's transaction here. `done` gets NONE once the marker is committed, or why it is not. */
  completeTransaction(marker: TransactionMarker, timeoutMs: number, done: Waiter): void {
    this.#depth++;
    try {
      const errorCode = this.#isClosed ? ErrorCode.NOT_COORDINATOR : this.#flush() || this.#appendMarker(marker);
      if (errorCode === ErrorCode.NONE) this.#awaitCommit([done], timeoutMs);
      else this.#settled.push(() => done(errorCode));
    } finally {
      this.#depth--;
    }
    this.#drain();
  }

  /** The partition has moved: all waiting requests are told to look for the new coordinator. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#timers.cancelAll();
    for (const batch of this.#uncommitted.splice(0)) this.#settle(batch, ErrorCode.NOT_COORDINATOR);
    for (const waiter of this.#open?.waiters ?? []) this.#settled.push(() => waiter(ErrorCode.NOT_COORDINATOR));
    this.#open = undefined;
    const decision = new Decision<R>(this.#options.runtime.clock.now());
    this.coordinator.unloaded(decision);
    for (const answer of decision.answers) this.#settled.push(answer);
    this.#drain();
  }

  #decide(operation: (decision: Decision<R>) => void): void {
    const decision = new Decision<R>(this.#options.runtime.clock.now());
    operation(decision);
    this.#carryOut(decision, () => {});
  }

  #carryOut(decision: Decision<R>, settled: Waiter): void {
    const waiter = (errorCode: number): void => {
      for (const completion of decision.completions) {
        // The decisions of a coordinator that is no longer in charge have no effect beyond their answers.
        this.#decide((next) => completion(errorCode, next));
      }
      settled(errorCode);
    };
    this.#depth++;
    try {
      this.#append(decision, waiter);
      this.#setTimers(decision);
      for (const send of decision.answers) send();
    } finally {
      this.#depth--;
    }
    this.#drain();
  }

  #setTimers(decision: Decision<R>): void {
    if (this.#isClosed) return;
    for (const { key, delayMs, expired } of decision.timers) {
      if (expired === undefined) this.#timers.cancel(key);
      else this.#timers.schedule(key, delayMs, () => this.#decide(expired));
    }
  }

  #append(decision: Decision<R>, waiter: Waiter): void {
    if (this.#isClosed) {
      this.#settled.push(() => waiter(ErrorCode.NOT_COORDINATOR));
    } else if (decision.records.length === 0) {
      this.#waitForEarlier(waiter);
    } else {
      const errorCode = this.#gather(decision);
      if (errorCode === ErrorCode.NONE) this.#open!.waiters.push(waiter);
      else this.#settled.push(() => waiter(errorCode));
      this.#flushUnlessGathering();
    }
  }

  /** Waits even for an operation that wrote nothing: it may have read what is not committed yet. */
  #waitForEarlier(waiter: Waiter): void {
    const last = this.#uncommitted.at(-1);
    if (this.#open !== undefined) {
      this.#open.waiters.push(waiter);
    } else if (last !== undefined) {
      last.waiters.push(waiter);
      this.#armTimeout(last);
    } else {
      this.#settled.push(() => waiter(ErrorCode.NONE));
    }
  }

  /**
   * Replays the records and adds them to the open batch. When that is full and cannot be appended, this operation fails
   * too: it was decided on a state that has been taken back.
   */
  #gather(decision: Decision<R>): number {
    const { serde, coordinator, timeline } = this.#options;
    const serialized = decision.records.map((record) => serde.serialize(record));
    const maxBytes = this.partition.maxBatchBytes - RECORD_BATCH_OVERHEAD;
    const sizes = serialized.map(({ key, value }) => RECORD_OVERHEAD_BYTES + key.length + (value?.length ?? 0));
    const totalBytes = sizes.reduce((sum, size) => sum + size, 0);
    if (!decision.splittable) {
      if (totalBytes > maxBytes) return ErrorCode.MESSAGE_TOO_LARGE;
      const errorCode = this.#makeRoom(totalBytes, maxBytes);
      if (errorCode !== ErrorCode.NONE) return errorCode;
    }
    for (const [index, { key, value }] of serialized.entries()) {
      const errorCode = this.#makeRoom(sizes[index]!, maxBytes);
      if (errorCode !== ErrorCode.NONE) return errorCode;
      this.#open ??= { baseOffset: this.#nextOffset, records: [], sizeBytes: 0, waiters: [] };
      this.#open.records.push({ timestamp: decision.nowMs, key, value });
      this.#open.sizeBytes += sizes[index]!;
      timeline.advance(this.#nextOffset);
      coordinator.replay(decision.records[index]!, { offset: this.#nextOffset, producerId: -1 });
      this.#nextOffset++;
    }
    return ErrorCode.NONE;
  }

  #makeRoom(sizeBytes: number, maxBytes: number): number {
    return (this.#open?.sizeBytes ?? 0) + sizeBytes > maxBytes ? this.#flush() : ErrorCode.NONE;
  }

  #flushUnlessGathering(): void {
    if (this.#isGathering) return;
    this.#flush();
    this.#gatherUntilNextTurn();
  }

  #gatherUntilNextTurn(): void {
    this.#isGathering = true;
    this.#options.runtime.clock.defer(() => {
      this.#isGathering = false;
      if (this.#open === undefined || this.#isClosed) return;
      this.#flush();
      this.#gatherUntilNextTurn();
      this.#drain();
    });
  }

  #flush(): number {
    const batch = this.#open;
    if (batch === undefined) return ErrorCode.NONE;
    this.#open = undefined;
    const { runtime, compression, outOfSync } = this.#options;
    if (this.partition.logEndOffset !== batch.baseOffset) {
      this.#revert(batch, ErrorCode.NOT_COORDINATOR);
      outOfSync();
      return ErrorCode.NOT_COORDINATOR;
    }
    // The sequence is 0 although there is no producer: Apache Kafka's coordinators write it like that.
    const bytes = buildBatch({ records: batch.records, baseSequence: 0, compression }, runtime);
    const { errorCode } = this.partition.append(bytes);
    if (errorCode !== ErrorCode.NONE) {
      this.#revert(batch, errorCode);
      return errorCode;
    }
    this.#awaitCommit(batch.waiters);
    return ErrorCode.NONE;
  }

  /** Unlike records, a marker is replayed after it was appended: the log may refuse it, for its epochs. */
  #appendMarker(marker: TransactionMarker): number {
    const { runtime, timeline, outOfSync } = this.#options;
    if (this.partition.logEndOffset !== this.#nextOffset) {
      outOfSync();
      return ErrorCode.NOT_COORDINATOR;
    }
    const bytes = buildEndTransactionMarker({ ...marker, timestamp: runtime.clock.now() }, runtime);
    const { errorCode } = this.partition.append(bytes, marker.transactionVersion);
    if (errorCode !== ErrorCode.NONE) return errorCode;
    timeline.advance(this.#nextOffset);
    this.coordinator.replayEndTransactionMarker(marker.producerId, marker.commit);
    this.#nextOffset++;
    return ErrorCode.NONE;
  }

  #revert(batch: OpenBatch, errorCode: number): void {
    this.#options.timeline.revert(batch.baseOffset);
    this.#nextOffset = batch.baseOffset;
    this.#decide((decision) => this.coordinator.reverted(decision, errorCode));
    for (const waiter of batch.waiters) this.#settled.push(() => waiter(errorCode));
  }

  /** The end offset of everything that has been appended. */
  #awaitCommit(waiters: Waiter[], timeoutMs = this.#options.commitTimeoutMs): void {
    const batch: AppendedBatch = { endOffset: this.#nextOffset, timeoutMs, waiters, cancelTimeout: undefined };
    this.#uncommitted.push(batch);
    this.partition.whenCommitted(batch.endOffset, (errorCode) => this.#committed(batch, errorCode));
    if (this.#uncommitted.includes(batch) && batch.waiters.length > 0) this.#armTimeout(batch);
  }

  #committed(batch: AppendedBatch, errorCode: number): void {
    const index = this.#uncommitted.indexOf(batch);
    if (index < 0) return;
    if (errorCode === ErrorCode.NONE) this.#options.timeline.commit(batch.endOffset);
    for (const earlier of this.#uncommitted.splice(0, index + 1)) this.#settle(earlier, errorCode);
    this.#drain();
  }

  /** After `offsets.commit.timeout.ms` the waiting request is told to try again; the records may still be committed later. */
  #armTimeout(batch: AppendedBatch): void {
    batch.cancelTimeout ??= this.#options.runtime.clock.schedule(batch.timeoutMs, () => {
      batch.cancelTimeout = undefined;
      this.#settle(batch, ErrorCode.REQUEST_TIMED_OUT);
      this.#drain();
    });
  }

  #settle(batch: AppendedBatch, errorCode: number): void {
    batch.cancelTimeout?.();
    batch.cancelTimeout = undefined;
    const { waiters } = batch;
    batch.waiters = [];
    for (const waiter of waiters) this.#settled.push(() => waiter(errorCode));
  }

  #drain(): void {
    if (this.#depth > 0) return;
    this.#depth++;
    try {
      for (let settle = this.#settled.shift(); settle !== undefined; settle = this.#settled.shift()) settle();
    } finally {
      this.#depth--;
    }
  }
}
