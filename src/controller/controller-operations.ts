/** Every operation of the controller: its messages, and the response when the whole of it has failed. */
import { AddRaftVoterRequest, AddRaftVoterResponse } from "../protocol/messages/add-raft-voter.ts";
import { AllocateProducerIdsRequest, AllocateProducerIdsResponse } from "../protocol/messages/allocate-producer-ids.ts";
import { AlterConfigsRequest, AlterConfigsResponse } from "../protocol/messages/alter-configs.ts";
import { AlterPartitionRequest, AlterPartitionResponse } from "../protocol/messages/alter-partition.ts";
import {
  AlterPartitionReassignmentsRequest,
  AlterPartitionReassignmentsResponse,
} from "../protocol/messages/alter-partition-reassignments.ts";
import {
  AssignReplicasToDirsRequest,
  AssignReplicasToDirsResponse,
} from "../protocol/messages/assign-replicas-to-dirs.ts";
import { BrokerHeartbeatRequest, BrokerHeartbeatResponse } from "../protocol/messages/broker-heartbeat.ts";
import { BrokerRegistrationRequest, BrokerRegistrationResponse } from "../protocol/messages/broker-registration.ts";
import {
  ControllerRegistrationRequest,
  ControllerRegistrationResponse,
} from "../protocol/messages/controller-registration.ts";
import { CreateAclsRequest, CreateAclsResponse } from "../protocol/messages/create-acls.ts";
import { CreatePartitionsRequest, CreatePartitionsResponse } from "../protocol/messages/create-partitions.ts";
import { CreateTopicsRequest, CreateTopicsResponse } from "../protocol/messages/create-topics.ts";
import { DeleteAclsRequest, DeleteAclsResponse } from "../protocol/messages/delete-acls.ts";
import { DeleteTopicsRequest, DeleteTopicsResponse } from "../protocol/messages/delete-topics.ts";
import { DescribeQuorumRequest, DescribeQuorumResponse } from "../protocol/messages/describe-quorum.ts";
import { ElectLeadersRequest, ElectLeadersResponse } from "../protocol/messages/elect-leaders.ts";
import {
  IncrementalAlterConfigsRequest,
  IncrementalAlterConfigsResponse,
} from "../protocol/messages/incremental-alter-configs.ts";
import {
  ListPartitionReassignmentsRequest,
  ListPartitionReassignmentsResponse,
} from "../protocol/messages/list-partition-reassignments.ts";
import { RemoveRaftVoterRequest, RemoveRaftVoterResponse } from "../protocol/messages/remove-raft-voter.ts";
import { UnregisterBrokerRequest, UnregisterBrokerResponse } from "../protocol/messages/unregister-broker.ts";
import {
  UnregisterControllerRequest,
  UnregisterControllerResponse,
} from "../protocol/messages/unregister-controller.ts";
import { UpdateFeaturesRequest, UpdateFeaturesResponse } from "../protocol/messages/update-features.ts";
import type { Infer, Input, Message } from "../protocol/schema.ts";
import { createAclsFailed, deleteAclsFailed } from "./acl-changes.ts";
import { alterConfigsFailed } from "./alter-configs.ts";
import { alterPartitionFailed } from "./alter-partition.ts";
import { alterPartitionReassignmentsFailed } from "./alter-partition-reassignments.ts";
import type { ApiError } from "./api-error.ts";
import { assignReplicasToDirsFailed } from "./assign-replicas-to-dirs.ts";
import { heartbeatFailed, registrationFailed } from "./broker-life.ts";
import { createPartitionsFailed } from "./create-partitions.ts";
import { createTopicsFailed } from "./create-topics.ts";
import { deleteTopicsFailed } from "./delete-topics.ts";
import { describeQuorumFailed } from "./describe-quorum.ts";
import { electLeadersFailed } from "./leader-elections.ts";
import { listPartitionReassignmentsFailed } from "./list-partition-reassignments.ts";
import { allocateProducerIdsFailed } from "./producer-id-manager.ts";
import { updateFeaturesFailed } from "./update-features.ts";

export interface OperationDescription<Request extends Message, Response extends Message> {
  readonly request: Request;
  readonly response: Response;
  failed(request: Infer<Request>, error: ApiError): Input<Response>;
}

export const controllerOperations = {
  createTopics: operation(CreateTopicsRequest, CreateTopicsResponse, createTopicsFailed),
  deleteTopics: operation(DeleteTopicsRequest, DeleteTopicsResponse, deleteTopicsFailed),
  createPartitions: operation(CreatePartitionsRequest, CreatePartitionsResponse, createPartitionsFailed),
  incrementalAlterConfigs: operation(
    IncrementalAlterConfigsRequest,
    IncrementalAlterConfigsResponse,
    alterConfigsFailed,
  ),
  alterConfigs: operation(AlterConfigsRequest, AlterConfigsResponse, alterConfigsFailed),
  electLeaders: operation(ElectLeadersRequest, ElectLeadersResponse, electLeadersFailed),
  /** Leaders report who is in sync. */
  alterPartition: operation(AlterPartitionRequest, AlterPartitionResponse, (_, error) => alterPartitionFailed(error)),
  alterPartitionReassignments: operation(
    AlterPartitionReassignmentsRequest,
    AlterPartitionReassignmentsResponse,
    alterPartitionReassignmentsFailed,
  ),
  listPartitionReassignments: operation(
    ListPartitionReassignmentsRequest,
    ListPartitionReassignmentsResponse,
    (_, error) => listPartitionReassignmentsFailed(error),
  ),
  /** In which of their log directories brokers keep which replicas (KIP-858). */
  assignReplicasToDirs: operation(AssignReplicasToDirsRequest, AssignReplicasToDirsResponse, (_, error) =>
    assignReplicasToDirsFailed(error),
  ),
  updateFeatures: operation(UpdateFeaturesRequest, UpdateFeaturesResponse, updateFeaturesFailed),
  allocateProducerIds: operation(AllocateProducerIdsRequest, AllocateProducerIdsResponse, (_, error) =>
    allocateProducerIdsFailed(error),
  ),
  registerBroker: operation(BrokerRegistrationRequest, BrokerRegistrationResponse, (_, error) =>
    registrationFailed(error),
  ),
  brokerHeartbeat: operation(BrokerHeartbeatRequest, BrokerHeartbeatResponse, (_, error) => heartbeatFailed(error)),
  createAcls: operation(CreateAclsRequest, CreateAclsResponse, createAclsFailed),
  deleteAcls: operation(DeleteAclsRequest, DeleteAclsResponse, deleteAclsFailed),
  unregisterBroker: operation(UnregisterBrokerRequest, UnregisterBrokerResponse, (_, error) => withThrottle(error)),
  registerController: operation(ControllerRegistrationRequest, ControllerRegistrationResponse, (_, error) =>
    withThrottle(error),
  ),
  unregisterController: operation(UnregisterControllerRequest, UnregisterControllerResponse, (_, error) =>
    withThrottle(error),
  ),
  describeQuorum: operation(DescribeQuorumRequest, DescribeQuorumResponse, (_, error) => describeQuorumFailed(error)),
  addRaftVoter: operation(AddRaftVoterRequest, AddRaftVoterResponse, (_, error) => withThrottle(error)),
  removeRaftVoter: operation(RemoveRaftVoterRequest, RemoveRaftVoterResponse, (_, error) => withThrottle(error)),
};

function operation<Request extends Message, Response extends Message>(
  request: Request,
  response: Response,
  failed: (request: Infer<Request>, error: ApiError) => Input<Response>,
): OperationDescription<Request, Response> {
  return { request, response, failed };
}

/** The response of operations that answer nothing but an error, which may be none. */
export function withThrottle(error: ApiError) {
  return { throttleTimeMs: 0, ...error };
}
