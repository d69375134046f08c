import { ZERO_UUID } from "../../src/protocol/uuid.ts";

/** A request for each API that the broker serves, made so that its answer has something in it. */

export const TOPIC = "every-version";
export const GROUP = "every-group";

/** The group that a version's JoinGroup is for: nobody is to wait for the member of the version before. */
export function joined(version: number): string {
  return `joined-${version}`;
}

/** What the requests name and only a running broker can tell. */
export interface Known {
  readonly topicId: string;
  readonly logDir: string;
  /** A batch of one record. */
  readonly records: Uint8Array;
}

const NOBODY = 77;
const NO_DIRECTORY_OF_OURS = "Zm9yIG5vIGRpcmVjdG9yeQ";
const timeoutMs = 10_000;
const topics = [{ name: TOPIC }];
const partitionIndexes = [0, 7];
const member = { groupId: GROUP, generationId: 1, memberId: "nobody" };
const acl = {
  resourcePatternType: 3,
  resourceType: 2,
  resourceName: TOPIC,
  principal: "User:nobody",
  host: "*",
  operation: 3,
  permissionType: 3,
};
const aclFilter = {
  patternTypeFilter: 3,
  resourceTypeFilter: 2,
  resourceNameFilter: TOPIC,
  principalFilter: null,
  hostFilter: null,
  operation: 1,
  permissionType: 1,
};
const committed = { partitionIndex: 0, committedOffset: 1, committedMetadata: "x" };

/** By the name of the API, with the fields of all its versions. */
export function sampleRequests({ topicId, logDir, records }: Known, version: number): Readonly<Record<string, object>> {
  const topic = { name: TOPIC, topicId, partitions: [{ partitionIndex: 0 }, { partitionIndex: 7 }] };
  const resource = { resourceType: 2, resourceName: TOPIC, configs: [{ name: "retention.ms", value: "5000" }] };
  return {
    ApiVersions: { clientSoftwareName: "sample", clientSoftwareVersion: "1" },
    Metadata: {
      topics: [TOPIC, "no name"].map((name) => ({ name, topicId: ZERO_UUID })),
      allowAutoTopicCreation: false,
    },
    Produce: {
      transactionalId: null,
      acks: -1,
      timeoutMs,
      topicData: [{ name: TOPIC, topicId, partitionData: partitionIndexes.map((index) => ({ index, records })) }],
    },
    Fetch: {
      maxWaitMs: 0,
      minBytes: 0,
      maxBytes: 1 << 20,
      topics: [
        {
          topic: TOPIC,
          topicId,
          partitions: partitionIndexes.map((partition) => ({
            partition,
            fetchOffset: 0,
            partitionMaxBytes: 1 << 20,
          })),
        },
      ],
    },
    ListOffsets: {
      replicaId: -1,
      topics: [
        { name: TOPIC, partitions: partitionIndexes.map((partitionIndex) => ({ partitionIndex, timestamp: -1 })) },
      ],
    },
    OffsetForLeaderEpoch: {
      replicaId: -1,
      topics: [{ topic: TOPIC, partitions: partitionIndexes.map((partition) => ({ partition, leaderEpoch: 0 })) }],
    },
    FindCoordinator: { key: GROUP, coordinatorKeys: [GROUP, "another"] },
    JoinGroup: {
      groupId: joined(version),
      sessionTimeoutMs: 30_000,
      rebalanceTimeoutMs: 1_000,
      memberId: "",
      protocolType: "consumer",
      protocols: [{ name: "range", metadata: new Uint8Array(4) }],
    },
    SyncGroup: { ...member, assignments: [] },
    Heartbeat: member,
    OffsetCommit: {
      groupId: GROUP,
      generationIdOrMemberEpoch: -1,
      memberId: "",
      topics: [{ name: TOPIC, topicId, partitions: [committed, { ...committed, partitionIndex: 7 }] }],
    },
    OffsetFetch: {
      groupId: GROUP,
      topics: [{ name: TOPIC, partitionIndexes }],
      groups: [{ groupId: GROUP, topics: [{ name: TOPIC, topicId, partitionIndexes }] }],
    },
    DescribeGroups: { groups: [GROUP, "missing"] },
    ListGroups: {},
    LeaveGroup: { groupId: GROUP, memberId: "nobody", members: [{ memberId: "nobody" }] },
    OffsetDelete: { groupId: GROUP, topics: [{ name: TOPIC, partitions: topic.partitions }] },
    DeleteGroups: { groupsNames: ["missing"] },
    CreateTopics: {
      topics: [
        { name: "another", numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] },
        { name: TOPIC, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] },
      ],
      timeoutMs,
      validateOnly: true,
    },
    CreatePartitions: { topics: [{ name: TOPIC, count: 3, assignments: null }], timeoutMs, validateOnly: true },
    DeleteTopics: { topics: [{ name: "missing", topicId: ZERO_UUID }], topicNames: ["missing"], timeoutMs },
    DeleteRecords: {
      topics: [{ name: TOPIC, partitions: partitionIndexes.map((partitionIndex) => ({ partitionIndex, offset: 0 })) }],
      timeoutMs,
    },
    DescribeTopicPartitions: { topics: [...topics, { name: "missing" }] },
    InitProducerId: { transactionalId: null, transactionTimeoutMs: 60_000 },
    DescribeProducers: { topics: [{ name: TOPIC, partitionIndexes }] },
    WriteTxnMarkers: {
      markers: [
        {
          producerId: 5,
          producerEpoch: 0,
          transactionResult: false,
          topics: [{ name: TOPIC, partitionIndexes }],
          coordinatorEpoch: 0,
        },
      ],
    },
    SaslHandshake: { mechanism: "PLAIN" },
    SaslAuthenticate: { authBytes: new Uint8Array(0) },
    DescribeAcls: aclFilter,
    CreateAcls: { creations: [acl, { ...acl, resourceName: "another" }] },
    DeleteAcls: { filters: [aclFilter, aclFilter] },
    DescribeConfigs: {
      resources: [
        { resourceType: 2, resourceName: TOPIC, configurationKeys: null },
        { resourceType: 4, resourceName: "1", configurationKeys: null },
      ],
      includeSynonyms: true,
      includeDocumentation: true,
    },
    AlterConfigs: { resources: [resource], validateOnly: true },
    IncrementalAlterConfigs: {
      resources: [{ ...resource, configs: resource.configs.map((config) => ({ ...config, configOperation: 0 })) }],
      validateOnly: true,
    },
    ListConfigResources: {},
    DescribeLogDirs: { topics: [{ topic: TOPIC, partitions: [0] }] },
    AlterReplicaLogDirs: { dirs: [{ path: logDir, topics: [{ name: TOPIC, partitions: partitionIndexes }] }] },
    ElectLeaders: { topicPartitions: [{ topic: TOPIC, partitions: partitionIndexes }], timeoutMs },
    AlterPartitionReassignments: {
      timeoutMs,
      topics: [{ name: TOPIC, partitions: [{ partitionIndex: 0, replicas: [NOBODY] }] }],
    },
    ListPartitionReassignments: { timeoutMs, topics: [{ name: TOPIC, partitionIndexes }] },
    DescribeCluster: { includeClusterAuthorizedOperations: true },
    DescribeQuorum: { topics: [{ topicName: "__cluster_metadata", partitions: [{ partitionIndex: 0 }] }] },
    UpdateFeatures: {
      timeoutMs,
      featureUpdates: [{ feature: "kraft.version", maxVersionLevel: 1 }],
      validateOnly: true,
    },
    UnregisterBroker: { brokerId: NOBODY },
    UnregisterController: { controllerId: NOBODY },
    AddRaftVoter: {
      clusterId: null,
      timeoutMs,
      voterId: 1,
      voterDirectoryId: NO_DIRECTORY_OF_OURS,
      listeners: [{ name: "CONTROLLER", host: "127.0.0.1", port: 1 }],
    },
    RemoveRaftVoter: { clusterId: null, voterId: NOBODY, voterDirectoryId: NO_DIRECTORY_OF_OURS },
  };
}
