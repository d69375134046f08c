import type { Config } from "../config/config.ts";
import { ErrorCode, errorMessage } from "../protocol/error-codes.ts";
import type { MetadataRecord } from "../protocol/metadata-records/index.ts";
import { randomUuid } from "../protocol/uuid.ts";
import type { MetadataBatch } from "../raft/metadata-batch.ts";
import type { RaftDriver } from "../raft/raft-driver.ts";
import type { RaftListener } from "../raft/raft-listener.ts";
import type { Snapshot } from "../raft/snapshot-file.ts";
import type { Runtime } from "../runtime.ts";
import { AclOperation, CLUSTER_NAME, ResourceType } from "./acl-codes.ts";
import { activationRecords, unsupportedLevel } from "./activation.ts";
import { alterConfigs, alterConfigsFailed, incrementalAlterConfigs } from "./alter-configs.ts";
import { type ApiError, apiError, isApiError, NO_ERROR } from "./api-error.ts";
import { heartbeatFailed, registrationFailed } from "./broker-life.ts";
import type { Controller } from "./controller.ts";
import type { ControllerRequestContext } from "./controller-request-context.ts";
import { ControllerState } from "./controller-state.ts";
import { startControllerTasks } from "./controller-tasks.ts";
import { createPartitions, createPartitionsFailed } from "./create-partitions.ts";
import { createTopics, createTopicsFailed } from "./create-topics.ts";
import { answer, type Decision, MAX_RECORDS_PER_BATCH } from "./decision.ts";
import { deleteTopics, deleteTopicsFailed } from "./delete-topics.ts";
import { describeQuorum, describeQuorumFailed } from "./describe-quorum.ts";
import { electLeadersFailed } from "./leader-elections.ts";
import { ParkedReplies } from "./parked-replies.ts";
import { PeriodicTasks } from "./periodic-tasks.ts";
import { updateFeatures, updateFeaturesFailed } from "./update-features.ts";

export interface QuorumControllerOptions {
  readonly runtime: Pick<Runtime, "clock" | "random" | "log" | "fatal">;
  readonly raft: RaftDriver;
  readonly clusterId: string;
  readonly config: Config;
}

/**
 * The controller of this node. While the node leads the metadata quorum it decides requests, appends their records as one
 * batch, has them replayed at once, and answers when they are committed; what cannot be appended is taken back.
 *
 * Register its metadata loader with the raft driver first: an answer is then given after this node's own image has it.
 */
export class QuorumController implements Controller, RaftListener {
  readonly #runtime: QuorumControllerOptions["runtime"];
  readonly #raft: RaftDriver;
  readonly #config: Config;
  readonly #state: ControllerState;
  readonly #parked = new ParkedReplies();
  readonly #tasks: PeriodicTasks;
  /** The epoch in which this controller is active. */
  #activeEpoch: number | undefined = undefined;
  readonly #chance: (below: number) => number;

  constructor({ runtime, raft, clusterId, config }: QuorumControllerOptions) {
    this.#runtime = runtime;
    this.#raft = raft;
    this.#config = config;
    this.#tasks = new PeriodicTasks(runtime.clock);
    this.#chance = (below) => runtime.random.integer(below);
    this.#state = new ControllerState({
      clusterId,
      nodeId: raft.nodeId,
      config,
      kraftVersion: () => raft.kraftVersion,
    });
    raft.register(this);
  }

  get isActive(): boolean {
    return this.#activeEpoch !== undefined;
  }

  createTopics: Controller["createTopics"] = (context, request, reply) => {
    const { topics, cluster, configs, rules } = this.#state;
    const creation = {
      topics,
      cluster,
      configs,
      rules,
      defaultPartitions: this.#config["num.partitions"],
      defaultReplicationFactor: this.#config["default.replication.factor"],
      chance: this.#chance,
      newTopicId: () => this.#newTopicId(),
    };
    this.#submit(
      () => createTopics(creation, context, request),
      (error) => createTopicsFailed(request, error),
      reply,
      request.timeoutMs,
    );
  };

  deleteTopics: Controller["deleteTopics"] = (context, request, reply) => {
    this.#submit(
      () => deleteTopics(this.#state.topics, this.#config["delete.topic.enable"], context, request),
      (error) => deleteTopicsFailed(request, error),
      reply,
      request.timeoutMs,
    );
  };

  createPartitions: Controller["createPartitions"] = (context, request, reply) => {
    const { topics, cluster } = this.#state;
    this.#submit(
      () => createPartitions({ topics, cluster, chance: this.#chance }, context, request),
      (error) => createPartitionsFailed(request, error),
      reply,
      request.timeoutMs,
    );
  };

  incrementalAlterConfigs: Controller["incrementalAlterConfigs"] = (context, request, reply) => {
    this.#submit(
      () => incrementalAlterConfigs(this.#state.configs, context, request),
      (error) => alterConfigsFailed(request, error),
      reply,
    );
  };

  alterConfigs: Controller["alterConfigs"] = (context, request, reply) => {
    this.#submit(
      () => alterConfigs(this.#state.configs, context, request),
      (error) => alterConfigsFailed(request, error),
      reply,
    );
  };

  electLeaders: Controller["electLeaders"] = (context, request, reply) => {
    this.#submitForCluster(
      AclOperation.ALTER,
      context,
      () => this.#state.elections.electLeaders(request),
      (error) => electLeadersFailed(request, error),
      reply,
      request.timeoutMs,
    );
  };

  updateFeatures: Controller["updateFeatures"] = (context, request, reply) => {
    this.#submitForCluster(
      AclOperation.ALTER,
      context,
      () => updateFeatures(this.#state, this.#raft.nodeId, context, request),
      (error) => updateFeaturesFailed(request, error),
      reply,
      request.timeoutMs,
    );
  };

  allocateProducerIds: Controller["allocateProducerIds"] = (context, request, reply) => {
    const failed = ({ errorCode }: ApiError) => ({
      throttleTimeMs: 0,
      errorCode,
      producerIdStart: 0,
      producerIdLen: 0,
    });
    this.#submitForCluster(
      AclOperation.CLUSTER_ACTION,
      context,
      () => {
        const { brokerId, brokerEpoch } = request;
        const block =
          this.#state.cluster.epochProblem(brokerId, brokerEpoch) ??
          this.#state.producerIds.allocate(brokerId, brokerEpoch);
        if (isApiError(block)) return answer(failed(block));
        const { firstProducerId, size } = block.response;
        return {
          records: block.records,
          response: { ...failed(NO_ERROR), producerIdStart: firstProducerId, producerIdLen: size },
        };
      },
      failed,
      reply,
    );
  };

  registerBroker: Controller["registerBroker"] = (context, request, reply) => {
    this.#submitForCluster(
      AclOperation.CLUSTER_ACTION,
      context,
      () => this.#state.brokerLife.register(request, this.#raft.logEndOffset, this.#nowMs()),
      registrationFailed,
      reply,
    );
  };

  brokerHeartbeat: Controller["brokerHeartbeat"] = (context, request, reply) => {
    this.#submitForCluster(
      AclOperation.CLUSTER_ACTION,
      context,
      () => this.#state.brokerLife.heartbeat(request, this.#raft.logEndOffset, this.#nowMs()),
      heartbeatFailed,
      reply,
    );
  };

  unregisterBroker: Controller["unregisterBroker"] = (context, request, reply) => {
    const responseOf = (error: ApiError) => ({ throttleTimeMs: 0, ...error });
    this.#submitForCluster(
      AclOperation.ALTER,
      context,
      () => {
        const decision = this.#state.brokerLife.unregister(request.brokerId);
        return { ...decision, response: responseOf(decision.response) };
      },
      responseOf,
      reply,
    );
  };

  registerController: Controller["registerController"] = (context, request, reply) => {
    const responseOf = (error: ApiError) => ({ throttleTimeMs: 0, ...error });
    this.#submitForCluster(
      AclOperation.CLUSTER_ACTION,
      context,
      () => ({ records: [this.#state.cluster.registerController(request)], response: responseOf(NO_ERROR) }),
      responseOf,
      reply,
    );
  };

  describeQuorum: Controller["describeQuorum"] = (context, request, reply) => {
    if (!context.authorize(AclOperation.DESCRIBE, ResourceType.CLUSTER, CLUSTER_NAME)) {
      reply(describeQuorumFailed(apiError(ErrorCode.CLUSTER_AUTHORIZATION_FAILED)));
    } else {
      reply(describeQuorum(this.#raft.nodeId, this.#raft.describe(), request));
    }
  };

  handleLoadSnapshot(snapshot: Snapshot): void {
    for (const record of snapshot.records) this.#state.replay(record, snapshot.endOffset - 1);
    this.#state.commit(snapshot.endOffset);
  }

  handleCommit(batches: readonly MetadataBatch[]): void {
    for (const batch of batches) {
      // What this controller appended itself was replayed then.
      if (batch.baseOffset >= this.#state.replayedEndOffset) this.#replay(batch.records, batch.baseOffset);
      this.#state.commit(batch.lastOffset + 1);
    }
    this.#parked.commit(batches.at(-1)!.lastOffset + 1);
  }

  handleLeaderChange(leaderId: number, epoch: number): void {
    this.#resign();
    if (leaderId === this.#raft.nodeId) this.#activate(epoch);
  }

  #activate(epoch: number): void {
    const { features, cluster, sessions } = this.#state;
    this.#activeEpoch = epoch;
    const unsupported = unsupportedLevel(features.levels());
    if (unsupported !== undefined) this.#runtime.log.write("error", unsupported);
    sessions.clear();
    for (const broker of cluster.brokers()) if (!broker.fenced) sessions.touch(broker.id, this.#nowMs());
    const records = activationRecords(this.#state, this.#raft.bootstrapRecords);
    if (records.length > 0) this.#append(records);
    startControllerTasks({
      runtime: this.#runtime,
      tasks: this.#tasks,
      state: this.#state,
      raft: this.#raft,
      config: this.#config,
      append: (batch) => this.#append(batch),
    });
  }

  #resign(): void {
    if (this.#activeEpoch === undefined) return;
    this.#activeEpoch = undefined;
    this.#tasks.stop();
    this.#state.revertUncommitted();
    this.#parked.failAll(ErrorCode.NOT_CONTROLLER);
  }

  #submitForCluster<Response>(
    operation: number,
    context: ControllerRequestContext,
    decide: () => Decision<Response>,
    failed: (error: ApiError) => Response,
    reply: (response: Response) => void,
    timeoutMs?: number,
  ): void {
    if (context.authorize(operation, ResourceType.CLUSTER, CLUSTER_NAME)) {
      this.#submit(decide, failed, reply, timeoutMs);
    } else {
      reply(failed(apiError(ErrorCode.CLUSTER_AUTHORIZATION_FAILED)));
    }
  }

  /** Decides now, appends what was decided, and answers when it is committed, or when the time is up. */
  #submit<Response>(
    decide: () => Decision<Response>,
    failed: (error: ApiError) => Response,
    reply: (response: Response) => void,
    timeoutMs = 0,
  ): void {
    const fail = (errorCode: number) => reply(failed(apiError(errorCode, errorMessage(errorCode))));
    if (this.#activeEpoch === undefined) {
      fail(ErrorCode.NOT_CONTROLLER);
      return;
    }
    const { records, response, notice, isSplittable = false } = decide();
    if (notice !== undefined) this.#runtime.log.write("warn", notice);
    if (records.length > MAX_RECORDS_PER_BATCH && !isSplittable) {
      reply(failed(apiError(ErrorCode.POLICY_VIOLATION, "Unable to perform excessively large batch operation.")));
    } else if (records.length > 0 && !this.#append(records)) {
      fail(ErrorCode.NOT_CONTROLLER);
    } else {
      // An answer that changes nothing may still tell of something that is not committed yet.
      const endOffset = records.length > 0 ? this.#raft.logEndOffset : this.#parked.highestEndOffset;
      this.#whenCommitted(endOffset, timeoutMs, () => reply(response), fail);
    }
  }

  #whenCommitted(
    endOffset: number | undefined,
    timeoutMs: number,
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

  /** Runs the first of what it is given and of `expire`; a timeout of 0 or less never comes. */
  #withDeadline(timeoutMs: number, expire: () => void): (task: () => void) => void {
    let isDone = false;
    const once = (task: () => void) => {
      if (isDone) return;
      isDone = true;
      cancel();
      task();
    };
    const cancel = timeoutMs > 0 ? this.#runtime.clock.schedule(timeoutMs, () => once(expire)) : () => {};
    return once;
  }

  /** One batch, or several when there is more than fits one. */
  #append(records: readonly MetadataRecord[]): boolean {
    for (let index = 0; index < records.length; index += MAX_RECORDS_PER_BATCH) {
      if (!this.#appendBatch(records.slice(index, index + MAX_RECORDS_PER_BATCH))) return false;
    }
    return true;
  }

  /** Replayed before it is written, so that nothing is written that cannot be replayed; what fails is taken back. */
  #appendBatch(records: readonly MetadataRecord[]): boolean {
    const baseOffset = this.#raft.logEndOffset;
    let isAppended = false;
    try {
      this.#replay(records, baseOffset);
      isAppended = this.#raft.append(this.#activeEpoch!, records) !== undefined;
    } finally {
      if (!isAppended) this.#state.revert(baseOffset);
    }
    return isAppended;
  }

  #replay(records: readonly MetadataRecord[], baseOffset: number): void {
    for (const [index, record] of records.entries()) this.#state.replay(record, baseOffset + index);
  }

  #nowMs(): number {
    return this.#runtime.clock.elapsed();
  }

  #newTopicId(): string {
    for (;;) {
      const id = randomUuid(this.#runtime.random.bytes(16));
      if (id !== undefined && this.#state.topics.byId(id) === undefined) return id;
    }
  }
}
