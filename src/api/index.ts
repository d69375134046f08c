/** Every API that this broker serves. ApiVersions, the metrics and docs/COMPATIBILITY.md are told from this table. */
import type { ApiHandler } from "../server/api-handler.ts";
import { addRaftVoter } from "./add-raft-voter.ts";
import { allocateProducerIds } from "./allocate-producer-ids.ts";
import { alterConfigs } from "./alter-configs.ts";
import { alterPartition } from "./alter-partition.ts";
import { alterPartitionReassignments } from "./alter-partition-reassignments.ts";
import { alterReplicaLogDirs } from "./alter-replica-log-dirs.ts";
import { apiVersions } from "./api-versions.ts";
import { assignReplicasToDirs } from "./assign-replicas-to-dirs.ts";
import { beginQuorumEpoch } from "./begin-quorum-epoch.ts";
import { brokerHeartbeat } from "./broker-heartbeat.ts";
import { brokerRegistration } from "./broker-registration.ts";
import { controllerRegistration } from "./controller-registration.ts";
import { createAcls } from "./create-acls.ts";
import { createPartitions } from "./create-partitions.ts";
import { createTopics } from "./create-topics.ts";
import { deleteAcls } from "./delete-acls.ts";
import { deleteGroups } from "./delete-groups.ts";
import { deleteRecords } from "./delete-records.ts";
import { deleteTopics } from "./delete-topics.ts";
import { describeAcls } from "./describe-acls.ts";
import { describeCluster } from "./describe-cluster.ts";
import { describeConfigs } from "./describe-configs.ts";
import { describeControllers } from "./describe-controllers.ts";
import { describeGroups } from "./describe-groups.ts";
import { describeLogDirs } from "./describe-log-dirs.ts";
import { describeProducers } from "./describe-producers.ts";
import { describeQuorum } from "./describe-quorum.ts";
import { describeTopicPartitions } from "./describe-topic-partitions.ts";
import { electLeaders } from "./elect-leaders.ts";
import { endQuorumEpoch } from "./end-quorum-epoch.ts";
import { envelope } from "./envelope.ts";
import { fetch } from "./fetch.ts";
import { fetchMetadataLog } from "./fetch-metadata-log.ts";
import { fetchSnapshot } from "./fetch-snapshot.ts";
import { findCoordinator } from "./find-coordinator.ts";
import { heartbeat } from "./heartbeat.ts";
import { incrementalAlterConfigs } from "./incremental-alter-configs.ts";
import { initProducerId } from "./init-producer-id.ts";
import { joinGroup } from "./join-group.ts";
import { leaveGroup } from "./leave-group.ts";
import { listConfigResources } from "./list-config-resources.ts";
import { listGroups } from "./list-groups.ts";
import { listOffsets } from "./list-offsets.ts";
import { listPartitionReassignments } from "./list-partition-reassignments.ts";
import { metadata } from "./metadata.ts";
import { offsetCommit } from "./offset-commit.ts";
import { offsetDelete } from "./offset-delete.ts";
import { offsetFetch } from "./offset-fetch.ts";
import { offsetForLeaderEpoch } from "./offset-for-leader-epoch.ts";
import { produce } from "./produce.ts";
import { removeRaftVoter } from "./remove-raft-voter.ts";
import { saslAuthenticate } from "./sasl-authenticate.ts";
import { saslHandshake } from "./sasl-handshake.ts";
import { syncGroup } from "./sync-group.ts";
import { unregisterBroker } from "./unregister-broker.ts";
import { unregisterController } from "./unregister-controller.ts";
import { updateFeatures } from "./update-features.ts";
import { updateRaftVoter } from "./update-raft-voter.ts";
import { vote } from "./vote.ts";
import { writeTxnMarkers } from "./write-txn-markers.ts";

export const brokerApis = [
  produce,
  fetch,
  listOffsets,
  metadata,
  offsetCommit,
  offsetFetch,
  findCoordinator,
  joinGroup,
  heartbeat,
  leaveGroup,
  syncGroup,
  describeGroups,
  listGroups,
  saslHandshake,
  apiVersions,
  createTopics,
  deleteTopics,
  deleteRecords,
  initProducerId,
  offsetForLeaderEpoch,
  writeTxnMarkers,
  describeAcls,
  createAcls,
  deleteAcls,
  describeConfigs,
  alterConfigs,
  alterReplicaLogDirs,
  describeLogDirs,
  saslAuthenticate,
  createPartitions,
  deleteGroups,
  electLeaders,
  incrementalAlterConfigs,
  alterPartitionReassignments,
  listPartitionReassignments,
  offsetDelete,
  describeQuorum,
  updateFeatures,
  describeCluster,
  describeProducers,
  unregisterBroker,
  unregisterController,
  addRaftVoter,
  removeRaftVoter,
  listConfigResources,
  describeTopicPartitions,
] as unknown as readonly ApiHandler<never, never, never>[];

/** What a controller's listener serves: other controllers, brokers, and clients that bootstrap from controllers. */
export const controllerApis = [
  fetchMetadataLog,
  saslHandshake,
  apiVersions,
  createTopics,
  deleteTopics,
  describeAcls,
  createAcls,
  deleteAcls,
  describeConfigs,
  alterConfigs,
  saslAuthenticate,
  createPartitions,
  electLeaders,
  incrementalAlterConfigs,
  alterPartitionReassignments,
  listPartitionReassignments,
  vote,
  beginQuorumEpoch,
  endQuorumEpoch,
  describeQuorum,
  alterPartition,
  updateFeatures,
  envelope,
  fetchSnapshot,
  describeControllers,
  brokerRegistration,
  brokerHeartbeat,
  unregisterBroker,
  allocateProducerIds,
  controllerRegistration,
  assignReplicasToDirs,
  addRaftVoter,
  removeRaftVoter,
  updateRaftVoter,
  unregisterController,
] as unknown as readonly ApiHandler<never, never, never>[];
