import type {
  AllocateProducerIdsRequest,
  AllocateProducerIdsResponse,
} from "../protocol/messages/allocate-producer-ids.ts";
import type { AlterConfigsRequest, AlterConfigsResponse } from "../protocol/messages/alter-configs.ts";
import type { AlterPartitionRequest, AlterPartitionResponse } from "../protocol/messages/alter-partition.ts";
import type {
  AlterPartitionReassignmentsRequest,
  AlterPartitionReassignmentsResponse,
} from "../protocol/messages/alter-partition-reassignments.ts";
import type {
  AssignReplicasToDirsRequest,
  AssignReplicasToDirsResponse,
} from "../protocol/messages/assign-replicas-to-dirs.ts";
import type { BrokerHeartbeatRequest, BrokerHeartbeatResponse } from "../protocol/messages/broker-heartbeat.ts";
import type {
  BrokerRegistrationRequest,
  BrokerRegistrationResponse,
} from "../protocol/messages/broker-registration.ts";
import type {
  ControllerRegistrationRequest,
  ControllerRegistrationResponse,
} from "../protocol/messages/controller-registration.ts";
import type { CreatePartitionsRequest, CreatePartitionsResponse } from "../protocol/messages/create-partitions.ts";
import type { CreateTopicsRequest, CreateTopicsResponse } from "../protocol/messages/create-topics.ts";
import type { DeleteTopicsRequest, DeleteTopicsResponse } from "../protocol/messages/delete-topics.ts";
import type { DescribeQuorumRequest, DescribeQuorumResponse } from "../protocol/messages/describe-quorum.ts";
import type { ElectLeadersRequest, ElectLeadersResponse } from "../protocol/messages/elect-leaders.ts";
import type {
  IncrementalAlterConfigsRequest,
  IncrementalAlterConfigsResponse,
} from "../protocol/messages/incremental-alter-configs.ts";
import type {
  ListPartitionReassignmentsRequest,
  ListPartitionReassignmentsResponse,
} from "../protocol/messages/list-partition-reassignments.ts";
import type { UnregisterBrokerRequest, UnregisterBrokerResponse } from "../protocol/messages/unregister-broker.ts";
import type {
  UnregisterControllerRequest,
  UnregisterControllerResponse,
} from "../protocol/messages/unregister-controller.ts";
import type { UpdateFeaturesRequest, UpdateFeaturesResponse } from "../protocol/messages/update-features.ts";
import type { Infer, Input, Message } from "../protocol/schema.ts";
import type { ControllerRequestContext } from "./controller-request-context.ts";

/**
 * The controller as brokers see it: requests in, answers by callback, each exactly once. {@link QuorumController} is the
 * one in this process. Every answer is a complete response; when this node does not lead the metadata quorum, its error is
 * NOT_CONTROLLER.
 */
export interface Controller {
  createTopics: ControllerOperation<typeof CreateTopicsRequest, typeof CreateTopicsResponse>;
  deleteTopics: ControllerOperation<typeof DeleteTopicsRequest, typeof DeleteTopicsResponse>;
  createPartitions: ControllerOperation<typeof CreatePartitionsRequest, typeof CreatePartitionsResponse>;
  incrementalAlterConfigs: ControllerOperation<
    typeof IncrementalAlterConfigsRequest,
    typeof IncrementalAlterConfigsResponse
  >;
  alterConfigs: ControllerOperation<typeof AlterConfigsRequest, typeof AlterConfigsResponse>;
  electLeaders: ControllerOperation<typeof ElectLeadersRequest, typeof ElectLeadersResponse>;
  /** Leaders report who is in sync. */
  alterPartition: ControllerOperation<typeof AlterPartitionRequest, typeof AlterPartitionResponse>;
  alterPartitionReassignments: ControllerOperation<
    typeof AlterPartitionReassignmentsRequest,
    typeof AlterPartitionReassignmentsResponse
  >;
  listPartitionReassignments: ControllerOperation<
    typeof ListPartitionReassignmentsRequest,
    typeof ListPartitionReassignmentsResponse
  >;
  /** Brokers tell in which log directories their replicas are. */
  assignReplicasToDirs: ControllerOperation<typeof AssignReplicasToDirsRequest, typeof AssignReplicasToDirsResponse>;
  updateFeatures: ControllerOperation<typeof UpdateFeaturesRequest, typeof UpdateFeaturesResponse>;
  allocateProducerIds: ControllerOperation<typeof AllocateProducerIdsRequest, typeof AllocateProducerIdsResponse>;
  registerBroker: ControllerOperation<typeof BrokerRegistrationRequest, typeof BrokerRegistrationResponse>;
  brokerHeartbeat: ControllerOperation<typeof BrokerHeartbeatRequest, typeof BrokerHeartbeatResponse>;
  unregisterBroker: ControllerOperation<typeof UnregisterBrokerRequest, typeof UnregisterBrokerResponse>;
  registerController: ControllerOperation<typeof ControllerRegistrationRequest, typeof ControllerRegistrationResponse>;
  unregisterController: ControllerOperation<typeof UnregisterControllerRequest, typeof UnregisterControllerResponse>;
  describeQuorum: ControllerOperation<typeof DescribeQuorumRequest, typeof DescribeQuorumResponse>;
}

export type ControllerOperation<Request extends Message, Response extends Message> = (
  context: ControllerRequestContext,
  request: Infer<Request>,
  reply: (response: Input<Response>) => void,
) => void;
