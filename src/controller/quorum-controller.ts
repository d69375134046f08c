import type { Config } from "../config/config.ts";
import { AclOperation, CLUSTER_NAME, ResourceType } from "../protocol/acl-codes.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import type { Infer, Input, Message } from "../protocol/schema.ts";
import { randomUuid } from "../protocol/uuid.ts";
import type { RaftDriver } from "../raft/raft-driver.ts";
import { addVoterApi, encodeVoterChange, removeVoterApi } from "../raft/wire/voter-changes.ts";
import type { Runtime } from "../runtime.ts";
import { createAclsFailed, deleteAclsFailed } from "./acl-changes.ts";
import { ActiveController, type ActiveControllerOptions } from "./active-controller.ts";
import { alterConfigs, incrementalAlterConfigs } from "./alter-configs.ts";
import { alterPartition } from "./alter-partition.ts";
import { alterPartitionReassignments } from "./alter-partition-reassignments.ts";
import { type ApiError, apiError, isApiError, NO_ERROR } from "./api-error.ts";
import { assignReplicasToDirs } from "./assign-replicas-to-dirs.ts";
import type { Controller, ControllerOperation } from "./controller.ts";
import { controllerOperations, type OperationDescription, withThrottle } from "./controller-operations.ts";
import type { ControllerRequestContext } from "./controller-request-context.ts";
import type { ControllerState } from "./controller-state.ts";
import { createPartitions } from "./create-partitions.ts";
import { createTopics } from "./create-topics.ts";
import { answer, type Decision } from "./decision.ts";
import { deleteTopics, topicsToDelete } from "./delete-topics.ts";
import { describeQuorum, describeQuorumFailed } from "./describe-quorum.ts";
import { listPartitionReassignments } from "./list-partition-reassignments.ts";
import { allocateProducerIds } from "./producer-id-manager.ts";
import { namedOnce, timeLimit } from "./time-limit.ts";
import { updateFeatures } from "./update-features.ts";

export type QuorumControllerOptions = ActiveControllerOptions;

const { ALTER, CLUSTER_ACTION, DESCRIBE } = AclOperation;

/** How the active controller carries out one kind of request. */
interface OperationBody<Request extends Message, Response extends Message> {
  /** What one must be allowed to do to the cluster; left out where the decision checks each resource. */
  readonly clusterOperation?: number;
  decide(request: Infer<Request>, context: ControllerRequestContext): Decision<Input<Response>>;
  /** In milliseconds; see {@link timeLimit}. Left out: as long as it takes. */
  timeLimitMs?(request: Infer<Request>): number | undefined;
}

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

  readonly createTopics = this.#operation(controllerOperations.createTopics, {
    decide: (request, context) => {
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
      return createTopics(creation, context, request);
    },
    timeLimitMs: ({ timeoutMs, topics }) => timeLimit(timeoutMs, namedOnce(topics)),
  });

  readonly deleteTopics = this.#operation(controllerOperations.deleteTopics, {
    decide: (request, context) =>
      deleteTopics(this.#state.topics, this.#config["delete.topic.enable"], context, request),
    timeLimitMs: (request) => timeLimit(request.timeoutMs, topicsToDelete(request)),
  });

  readonly createPartitions = this.#operation(controllerOperations.createPartitions, {
    decide: (request, context) => {
      const { topics, cluster } = this.#state;
      return createPartitions({ topics, cluster, chance: this.#chance }, context, request);
    },
    timeLimitMs: ({ timeoutMs, topics }) => timeLimit(timeoutMs, namedOnce(topics)),
  });

  readonly incrementalAlterConfigs = this.#operation(controllerOperations.incrementalAlterConfigs, {
    decide: (request, context) => incrementalAlterConfigs(this.#state.configs, context, request),
  });

  readonly alterConfigs = this.#operation(controllerOperations.alterConfigs, {
    decide: (request, context) => alterConfigs(this.#state.configs, context, request),
  });

  readonly electLeaders = this.#operation(controllerOperations.electLeaders, {
    clusterOperation: ALTER,
    decide: (request) => this.#state.elections.electLeaders(request),
    timeLimitMs: ({ timeoutMs, topicPartitions }) => timeLimit(timeoutMs, topicPartitions),
  });

  readonly alterPartition = this.#operation(controllerOperations.alterPartition, {
    clusterOperation: CLUSTER_ACTION,
    decide: (request, context) => alterPartition(this.#state, context, request),
  });

  readonly alterPartitionReassignments = this.#operation(controllerOperations.alterPartitionReassignments, {
    clusterOperation: ALTER,
    decide: (request) => alterPartitionReassignments(this.#state, request),
    timeLimitMs: ({ timeoutMs, topics }) => timeLimit(timeoutMs, topics),
  });

  readonly listPartitionReassignments = this.#operation(controllerOperations.listPartitionReassignments, {
    clusterOperation: DESCRIBE,
    decide: (request) => listPartitionReassignments(this.#state.topics, request),
  });

  readonly assignReplicasToDirs = this.#operation(controllerOperations.assignReplicasToDirs, {
    clusterOperation: CLUSTER_ACTION,
    decide: (request) => assignReplicasToDirs(this.#state, request),
  });

  readonly updateFeatures = this.#operation(controllerOperations.updateFeatures, {
    clusterOperation: ALTER,
    decide: (request, context) => updateFeatures(this.#state, this.#raft.nodeId, context, request),
  });

  readonly allocateProducerIds = this.#operation(controllerOperations.allocateProducerIds, {
    clusterOperation: CLUSTER_ACTION,
    decide: (request) => allocateProducerIds(this.#state, request),
  });

  readonly registerBroker = this.#operation(controllerOperations.registerBroker, {
    clusterOperation: CLUSTER_ACTION,
    decide: (request) => this.#state.brokerLife.register(request, this.#raft.logEndOffset, this.#nowMs()),
  });

  readonly brokerHeartbeat = this.#operation(controllerOperations.brokerHeartbeat, {
    clusterOperation: CLUSTER_ACTION,
    decide: (request) => this.#state.brokerLife.heartbeat(request, this.#raft.logEndOffset, this.#nowMs()),
  });

  readonly unregisterBroker = this.#operation(controllerOperations.unregisterBroker, {
    clusterOperation: ALTER,
    decide: ({ brokerId }) => {
      const decision = this.#state.brokerLife.unregister(brokerId);
      return { ...decision, response: withThrottle(decision.response) };
    },
  });

  readonly registerController = this.#operation(controllerOperations.registerController, {
    clusterOperation: CLUSTER_ACTION,
    decide: (request) => ({
      records: [this.#state.cluster.registerController(request)],
      response: withThrottle(NO_ERROR),
    }),
  });

  readonly unregisterController = this.#operation(controllerOperations.unregisterController, {
    clusterOperation: ALTER,
    decide: ({ controllerId }) => this.#unregisterController(controllerId),
  });

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

  #operation<Request extends Message, Response extends Message>(
    { failed }: OperationDescription<Request, Response>,
    { clusterOperation, decide, timeLimitMs }: OperationBody<Request, Response>,
  ): ControllerOperation<Request, Response> {
    return (context, request, reply) => {
      const submission = {
        decide: () => decide(request, context),
        failed: (error: ApiError) => failed(request, error),
        reply,
        timeoutMs: timeLimitMs?.(request),
      };
      if (clusterOperation === undefined) this.#active.submit(submission);
      else this.#active.submitForCluster(clusterOperation, context, submission);
    };
  }

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
