import type { Config } from "../config/config.ts";
import { CLUSTER_NAME, ResourceType } from "../protocol/acl-codes.ts";
import { ErrorCode, errorMessage } from "../protocol/error-codes.ts";
import type { MetadataRecord } from "../protocol/metadata-records/index.ts";
import type { MetadataBatch } from "../raft/metadata-batch.ts";
import type { RaftDriver } from "../raft/raft-driver.ts";
import type { RaftListener } from "../raft/raft-listener.ts";
import type { Snapshot } from "../raft/snapshot-file.ts";
import type { Runtime } from "../runtime.ts";
import { activationRecords, unsupportedLevel } from "./activation.ts";
import { type ApiError, apiError } from "./api-error.ts";
import type { ControllerRequestContext } from "./controller-request-context.ts";
import { ControllerState } from "./controller-state.ts";
import { startControllerTasks } from "./controller-tasks.ts";
import { type Decision, MAX_RECORDS_PER_BATCH } from "./decision.ts";
import { ParkedReplies } from "./parked-replies.ts";
import { PeriodicTasks } from "./periodic-tasks.ts";

export interface ActiveControllerOptions {
  readonly runtime: Pick<Runtime, "clock" | "random" | "log" | "fatal">;
  readonly raft: RaftDriver;
  readonly clusterId: string;
  readonly config: Config;
  /** Called when this controller has become the active one. */
  readonly onActivated?: () => void;
}

/** A request on its way to a decision. Exactly one answer is given. */
export interface Submission<Response> {
  decide(): Decision<Response>;
  failed(error: ApiError): Response;
  reply(response: Response): void;
  /** 0 or less: the time is up before anything is decided. Left out: as long as it takes. */
  readonly timeoutMs?: number | undefined;
}

/**
 * Carries out what the controller decides while this node leads the metadata quorum: appends the records of a decision as
 * one batch, has them replayed at once, and answers when they are committed; what cannot be appended is taken back.
 */
export class ActiveController implements RaftListener {
  state: ControllerState;
  readonly #options: ActiveControllerOptions;
  readonly #parked = new ParkedReplies();
  readonly #tasks: PeriodicTasks;
  /** The epoch in which this controller is active. */
  #activeEpoch: number | undefined = undefined;

  constructor(options: ActiveControllerOptions) {
    this.#options = options;
    this.#tasks = new PeriodicTasks(options.runtime.clock);
    this.state = this.#emptyState();
    options.raft.register(this);
  }

  get isActive(): boolean {
    return this.#activeEpoch !== undefined;
  }

  /** As {@link submit}, for those who may do `operation` to the cluster. */
  submitForCluster<Response>(
    operation: number,
    context: ControllerRequestContext,
    submission: Submission<Response>,
  ): void {
    if (context.authorize(operation, ResourceType.CLUSTER, CLUSTER_NAME)) this.submit(submission);
    else submission.reply(submission.failed(apiError(ErrorCode.CLUSTER_AUTHORIZATION_FAILED)));
  }

  /** Decides now, appends what was decided, and answers when it is committed, or when the time is up. */
  submit<Response>({ decide, failed, reply, timeoutMs }: Submission<Response>): void {
    const fail = (errorCode: number) => reply(failed(apiError(errorCode, errorMessage(errorCode))));
    if (this.#activeEpoch === undefined) {
      fail(ErrorCode.NOT_CONTROLLER);
      return;
    }
    if (timeoutMs !== undefined && timeoutMs <= 0) {
      fail(ErrorCode.REQUEST_TIMED_OUT);
      return;
    }
    const { records, response, notice, isSplittable = false, kraftVersion } = decide();
    if (notice !== undefined) this.#options.runtime.log.write("warn", notice);
    if (records.length > MAX_RECORDS_PER_BATCH && !isSplittable) {
      reply(failed(apiError(ErrorCode.POLICY_VIOLATION, "Unable to perform excessively large batch operation.")));
      return;
    }
    if (kraftVersion !== undefined) this.#options.raft.upgradeKRaftVersion(kraftVersion);
    if (records.length > 0 && !this.#append(records)) {
      fail(ErrorCode.NOT_CONTROLLER);
    } else {
      // An answer that changes nothing may still tell of something that is not committed yet, and may never be.
      const endOffset = records.length > 0 ? this.#options.raft.logEndOffset : this.state.uncommittedEndOffset;
      this.#whenCommitted(endOffset, timeoutMs, () => reply(response), fail);
    }
  }

  /** Everything known before is replaced. */
  handleLoadSnapshot(snapshot: Snapshot): void {
    this.state = this.#emptyState();
    for (const record of snapshot.records) this.state.replay(record, snapshot.endOffset - 1);
    this.state.commit(snapshot.endOffset);
  }

  handleCommit(batches: readonly MetadataBatch[]): void {
    for (const batch of batches) {
      // What this controller appended itself was replayed then.
      if (batch.baseOffset >= this.state.replayedEndOffset) this.#replay(batch.records, batch.baseOffset);
      this.state.commit(batch.lastOffset + 1);
    }
    this.#parked.commit(batches.at(-1)!.lastOffset + 1);
  }

  handleLeaderChange(leaderId: number, epoch: number): void {
    this.#resign();
    if (leaderId === this.#options.raft.nodeId) this.#activate(epoch);
  }

  #emptyState(): ControllerState {
    const { raft, clusterId, config } = this.#options;
    return new ControllerState({ clusterId, nodeId: raft.nodeId, config, quorum: raft });
  }

  #activate(epoch: number): void {
    const { runtime, raft, config } = this.#options;
    const { features, cluster, sessions } = this.state;
    this.#activeEpoch = epoch;
    runtime.log.write("info", `This controller is active, in epoch ${epoch}`);
    const unsupported = unsupportedLevel(features.levels());
    if (unsupported !== undefined) runtime.log.write("error", unsupported);
    sessions.clear();
    for (const broker of cluster.brokers()) if (!broker.fenced) sessions.touch(broker.id, runtime.clock.elapsed());
    const records = activationRecords(this.state, raft.bootstrapRecords);
    if (records.length > 0 && !this.#append(records)) {
      this.#activeEpoch = undefined;
      raft.resign(epoch);
      return;
    }
    startControllerTasks({
      runtime,
      tasks: this.#tasks,
      state: this.state,
      raft,
      config,
      append: (batch) => this.#append(batch),
    });
    this.#options.onActivated?.();
  }

  /** Decides and appends what nobody has asked for. */
  act(decide: () => readonly MetadataRecord[]): void {
    if (this.#activeEpoch === undefined) return;
    const records = decide();
    if (records.length > 0) this.#append(records);
  }

  #resign(): void {
    if (this.#activeEpoch === undefined) return;
    this.#options.runtime.log.write("info", "This controller is no longer active");
    this.#activeEpoch = undefined;
    this.#tasks.stop();
    this.state.revertUncommitted();
    this.#parked.failAll(ErrorCode.NOT_CONTROLLER);
  }

  #whenCommitted(
    endOffset: number | undefined,
    timeoutMs: number | undefined,
    done: () => void,
    fail: (errorCode: number) => void,
  ): void {
    if (endOffset === undefined) {
      done();
      return;
    }
    const once = this.#withDeadline(timeoutMs, () => fail(ErrorCode.REQUEST_TIMED_OUT));
    this.#parked.park(
      endOffset,
      () => once(done),
      (errorCode) => once(() => fail(errorCode)),
    );
  }

  /** Runs the first of what it is given and of `expire`. */
  #withDeadline(timeoutMs: number | undefined, expire: () => void): (task: () => void) => void {
    let isDone = false;
    const once = (task: () => void) => {
      if (isDone) return;
      isDone = true;
      cancel();
      task();
    };
    const { clock } = this.#options.runtime;
    const cancel = timeoutMs === undefined ? () => {} : clock.schedule(timeoutMs, () => once(expire));
    return once;
  }

  /**
   * One batch, or several when there is more than fits one. False also when leadership ends within the call: what waited
   * for the commit has been failed by then, and at its offsets others' records may be committed.
   */
  #append(records: readonly MetadataRecord[]): boolean {
    const epoch = this.#activeEpoch;
    for (let index = 0; index < records.length; index += MAX_RECORDS_PER_BATCH) {
      if (!this.#appendBatch(records.slice(index, index + MAX_RECORDS_PER_BATCH))) return false;
      if (this.#activeEpoch === undefined || this.#activeEpoch !== epoch) return false;
    }
    return true;
  }

  /** Replayed before it is written, so that nothing is written that cannot be replayed; what fails is taken back. */
  #appendBatch(records: readonly MetadataRecord[]): boolean {
    const { raft } = this.#options;
    // It may lead no more, and its log may have been cut off, before it is told.
    if (!raft.leads(this.#activeEpoch!)) return false;
    const baseOffset = raft.logEndOffset;
    let isAppended = false;
    try {
      this.#replay(records, baseOffset);
      isAppended = raft.append(this.#activeEpoch!, records) !== undefined;
    } finally {
      if (!isAppended) this.state.revert(baseOffset);
    }
    return isAppended;
  }

  #replay(records: readonly MetadataRecord[], baseOffset: number): void {
    for (const [index, record] of records.entries()) this.state.replay(record, baseOffset + index);
  }
}
