import type { Config } from "../config/config.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import { randomUuid } from "../protocol/uuid.ts";
import type { RaftDriver } from "../raft/raft-driver.ts";
import { addVoterApi, encodeVoterChange, removeVoterApi } from "../raft/wire/voter-changes.ts";
import type { Runtime } from "../runtime.ts";
import { createAclsFailed, deleteAclsFailed } from "./acl-changes.ts";
import { AclOperation, CLUSTER_NAME, ResourceType } from "./acl-codes.ts";
import { ActiveController, type ActiveControllerOptions } from "./active-controller.ts";
import { alterConfigs, alterConfigsFailed, incrementalAlterConfigs } from "./alter-configs.ts";
import { alterPartition, alterPartitionFailed } from "./alter-partition.ts";
import { alterPartitionReassignments, alterPartitionReassignmentsFailed } from "./alter-partition-reassignments.ts";
import { type ApiError, apiError, isApiError, NO_ERROR } from "./api-error.ts";
import { assignReplicasToDirs, assignReplicasToDirsFailed } from "./assign-replicas-to-dirs.ts";
import { heartbeatFailed, registrationFailed } from "./broker-life.ts";
import type { Controller } from "./controller.ts";
import type { ControllerState } from "./controller-state.ts";
import { createPartitions, createPartitionsFailed } from "./create-partitions.ts";
import { createTopics, createTopicsFailed } from "./create-topics.ts";
import { answer } from "./decision.ts";
import { deleteTopics, deleteTopicsFailed, topicsToDelete } from "./delete-topics.ts";
import { describeQuorum, describeQuorumFailed } from "./describe-quorum.ts";
import { electLeadersFailed } from "./leader-elections.ts";
import { listPartitionReassignments, listPartitionReassignmentsFailed } from "./list-partition-reassignments.ts";
import { allocateProducerIds, allocateProducerIdsFailed } from "./producer-id-manager.ts";
import { namedOnce, timeLimit } from "./time-limit.ts";
import { updateFeatures, updateFeaturesFailed } from "./update-features.ts";

export type QuorumControllerOptions = ActiveControllerOptions;

const { ALTER, CLUSTER_ACTION, DESCRIBE } = AclOperation;

/**
 * The controller of this node: every operation as a decision over what it has replayed, see {@link ActiveController}.
 *
 * Register its metadata loader with the raft driver first: an answer is then given after this node's own image has it.
 */
export class QuorumController implements Controller {
  readonly #active: ActiveController;
  readonly #raft: RaftDriver;
  readonly #config: Config;
  readonly #runtime: Pick<Runtime, "clock" | "random">;
  readonly #chance: (below: number) => number;

  constructor(options: QuorumControllerOptions) {
    this.#runtime = options.runtime;
    this.#raft = options.raft;
    this.#config = options.config;
    this.#chance = (below) => options.runtime.random.integer(below);
    this.#active = new ActiveController(options);
  }

  get isActive(): boolean {
    return this.#active.isActive;
  }

  get #state(): ControllerState {
    return this.#active.state;
  }

  /** The process of this incarnation of the broker is gone. */
  fenceBroker(brokerId: number, brokerEpoch: number): void {
    this.#active.act(() => this.#state.brokerLife.fence(brokerId, brokerEpoch));
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
    this.#active.submit({
      decide: () => createTopics(creation, context, request),
      failed: (error) => createTopicsFailed(request, error),
      reply,
      timeoutMs: timeLimit(request.timeoutMs, namedOnce(request.topics)),
    });
  };

  deleteTopics: Controller["deleteTopics"] = (context, request, reply) => {
    this.#active.submit({
      decide: () => deleteTopics(this.#state.topics, this.#config["delete.topic.enable"], context, request),
      failed: (error) => deleteTopicsFailed(request, error),
      reply,
      timeoutMs: timeLimit(request.timeoutMs, topicsToDelete(request)),
    });
  };

  createPartitions: Controller["createPartitions"] = (context, request, reply) => {
    const { topics, cluster } = this.#state;
    this.#active.submit({
      decide: () => createPartitions({ topics, cluster, chance: this.#chance }, context, request),
      failed: (error) => createPartitionsFailed(request, error),
      reply,
      timeoutMs: timeLimit(request.timeoutMs, namedOnce(request.topics)),
    });
  };

  incrementalAlterConfigs: Controller["incrementalAlterConfigs"] = (context, request, reply) => {
    this.#active.submit({
      decide: () => incrementalAlterConfigs(this.#state.configs, context, request),
      failed: (error) => alterConfigsFailed(request, error),
      reply,
    });
  };

  alterConfigs: Controller["alterConfigs"] = (context, request, reply) => {
    this.#active.submit({
      decide: () => alterConfigs(this.#state.configs, context, request),
      failed: (error) => alterConfigsFailed(request, error),
      reply,
    });
  };

  electLeaders: Controller["electLeaders"] = (context, request, reply) => {
    this.#active.submitForCluster(ALTER, context, {
      decide: () => this.#state.elections.electLeaders(request),
      failed: (error) => electLeadersFailed(request, error),
      reply,
      timeoutMs: timeLimit(request.timeoutMs, request.topicPartitions),
    });
  };

  alterPartition: Controller["alterPartition"] = (context, request, reply) => {
    this.#active.submitForCluster(CLUSTER_ACTION, context, {
      decide: () => alterPartition(this.#state, context, request),
      failed: alterPartitionFailed,
      reply,
    });
  };

  alterPartitionReassignments: Controller["alterPartitionReassignments"] = (context, request, reply) => {
    this.#active.submitForCluster(ALTER, context, {
      decide: () => alterPartitionReassignments(this.#state, request),
      failed: (error) => alterPartitionReassignmentsFailed(request, error),
      reply,
      timeoutMs: timeLimit(request.timeoutMs, request.topics),
    });
  };

  listPartitionReassignments: Controller["listPartitionReassignments"] = (context, request, reply) => {
    this.#active.submitForCluster(DESCRIBE, context, {
      decide: () => listPartitionReassignments(this.#state.topics, request),
      failed: listPartitionReassignmentsFailed,
      reply,
    });
  };

  assignReplicasToDirs: Controller["assignReplicasToDirs"] = (context, request, reply) => {
    this.#active.submitForCluster(CLUSTER_ACTION, context, {
      decide: () => assignReplicasToDirs(this.#state, request),
      failed: assignReplicasToDirsFailed,
      reply,
    });
  };

  updateFeatures: Controller["updateFeatures"] = (context, request, reply) => {
    this.#active.submitForCluster(ALTER, context, {
      decide: () => updateFeatures(this.#state, this.#raft.nodeId, context, request),
      failed: (error) => updateFeaturesFailed(request, error),
      reply,
    });
  };

  allocateProducerIds: Controller["allocateProducerIds"] = (context, request, reply) => {
    this.#active.submitForCluster(CLUSTER_ACTION, context, {
      decide: () => allocateProducerIds(this.#state, request),
      failed: allocateProducerIdsFailed,
      reply,
    });
  };

  registerBroker: Controller["registerBroker"] = (context, request, reply) => {
    this.#active.submitForCluster(CLUSTER_ACTION, context, {
      decide: () => this.#state.brokerLife.register(request, this.#raft.logEndOffset, this.#nowMs()),
      failed: registrationFailed,
      reply,
    });
  };

  brokerHeartbeat: Controller["brokerHeartbeat"] = (context, request, reply) => {
    this.#active.submitForCluster(CLUSTER_ACTION, context, {
      decide: () => this.#state.brokerLife.heartbeat(request, this.#raft.logEndOffset, this.#nowMs()),
      failed: heartbeatFailed,
      reply,
    });
  };

  unregisterBroker: Controller["unregisterBroker"] = (context, request, reply) => {
    this.#active.submitForCluster(ALTER, context, {
      decide: () => {
        const decision = this.#state.brokerLife.unregister(request.brokerId);
        return { ...decision, response: withThrottle(decision.response) };
      },
      failed: withThrottle,
      reply,
    });
  };

  registerController: Controller["registerController"] = (context, request, reply) => {
    this.#active.submitForCluster(CLUSTER_ACTION, context, {
      decide: () => ({
        records: [this.#state.cluster.registerController(request)],
        response: withThrottle(NO_ERROR),
      }),
      failed: withThrottle,
      reply,
    });
  };

  unregisterController: Controller["unregisterController"] = (context, request, reply) => {
    this.#active.submitForCluster(ALTER, context, {
      decide: () => this.#unregisterController(request.controllerId),
      failed: withThrottle,
      reply,
    });
  };

  createAcls: Controller["createAcls"] = (_context, request, reply) => reply(createAclsFailed(request));

  deleteAcls: Controller["deleteAcls"] = (_context, request, reply) => reply(deleteAclsFailed(request));

  describeQuorum: Controller["describeQuorum"] = (context, request, reply) => {
    if (!context.authorize(DESCRIBE, ResourceType.CLUSTER, CLUSTER_NAME)) {
      reply(describeQuorumFailed(apiError(ErrorCode.CLUSTER_AUTHORIZATION_FAILED)));
    } else {
      reply(describeQuorum(this.#raft.nodeId, this.#raft.describe(), request));
    }
  };

  addRaftVoter: Controller["addRaftVoter"] = (context, request, reply) => {
    if (!context.authorize(ALTER, ResourceType.CLUSTER, CLUSTER_NAME)) reply(notAuthorized());
    else this.#raft.ask(addVoterApi.decodeRequest(request), ({ response }) => reply(encodeVoterChange(response)));
  };

  removeRaftVoter: Controller["removeRaftVoter"] = (context, request, reply) => {
    if (!context.authorize(ALTER, ResourceType.CLUSTER, CLUSTER_NAME)) reply(notAuthorized());
    else this.#raft.ask(removeVoterApi.decodeRequest(request), ({ response }) => reply(encodeVoterChange(response)));
  };

  #unregisterController(controllerId: number) {
    if (controllerId === this.#raft.nodeId) {
      const message = "Controller cannot unregister itself while it is active.";
      return answer(withThrottle(apiError(ErrorCode.INVALID_REQUEST, message)));
    }
    const record = this.#state.cluster.unregisterController(controllerId);
    if (isApiError(record)) return answer(withThrottle(record));
    return { records: [record], response: withThrottle(NO_ERROR) };
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

function notAuthorized() {
  return withThrottle(apiError(ErrorCode.CLUSTER_AUTHORIZATION_FAILED));
}

function withThrottle(error: ApiError) {
  return { throttleTimeMs: 0, ...error };
}
