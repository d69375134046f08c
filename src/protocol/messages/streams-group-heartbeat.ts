/** StreamsGroupHeartbeat (88), versions 0-1: joins, keeps and leaves a streams group (KIP-1071). */
import {
  array,
  boolean,
  field,
  type Infer,
  int8,
  int16,
  int32,
  message,
  nullable,
  string,
  struct,
  uint16,
  wideInt64,
} from "../schema.ts";

const KeyValue = struct({
  key: string,
  value: string,
});

const TopicInfo = struct({
  name: string,
  partitions: int32,
  replicationFactor: int16,
  topicConfigs: array(KeyValue),
});

const TaskIds = struct({
  subtopologyId: string,
  partitions: array(int32),
});

const Endpoint = struct({
  host: string,
  port: uint16,
});

const TaskOffset = struct({
  subtopologyId: string,
  partition: int32,
  offset: wideInt64,
});

export const StreamsGroupHeartbeatRequest = message(
  { name: "StreamsGroupHeartbeatRequest", apiKey: 88, validVersions: "0-1", flexibleVersions: "0+" },
  {
    groupId: string,
    memberId: string,
    memberEpoch: int32,
    endpointInformationEpoch: int32,
    instanceId: nullable(string, { default: null }),
    rackId: nullable(string, { default: null }),
    rebalanceTimeoutMs: field(int32, { default: -1 }),
    topology: nullable(
      struct({
        epoch: int32,
        subtopologies: array({
          subtopologyId: string,
          sourceTopics: array(string),
          sourceTopicRegex: array(string),
          stateChangelogTopics: array(TopicInfo),
          repartitionSinkTopics: array(string),
          repartitionSourceTopics: array(TopicInfo),
          copartitionGroups: array({
            sourceTopics: array(int16),
            sourceTopicRegex: array(int16),
            repartitionSourceTopics: array(int16),
          }),
        }),
      }),
      { default: null },
    ),
    activeTasks: nullable(array(TaskIds), { default: null }),
    standbyTasks: nullable(array(TaskIds), { default: null }),
    warmupTasks: nullable(array(TaskIds), { default: null }),
    processId: nullable(string, { default: null }),
    userEndpoint: nullable(Endpoint, { default: null }),
    clientTags: nullable(array(KeyValue), { default: null }),
    taskOffsets: nullable(array(TaskOffset), { default: null }),
    taskEndOffsets: nullable(array(TaskOffset), { default: null }),
    shutdownApplication: field(boolean, { default: false }),
  },
);
export type StreamsGroupHeartbeatRequest = Infer<typeof StreamsGroupHeartbeatRequest>;

const Status = struct({
  statusCode: int8,
  statusDetail: string,
});

const TopicPartition = struct({
  topic: string,
  partitions: array(int32),
});

export const StreamsGroupHeartbeatResponse = message(
  { name: "StreamsGroupHeartbeatResponse", apiKey: 88, validVersions: "0-1", flexibleVersions: "0+" },
  {
    throttleTimeMs: field(int32, { default: 0 }),
    errorCode: int16,
    errorMessage: nullable(string, { default: null }),
    memberId: string,
    memberEpoch: int32,
    heartbeatIntervalMs: int32,
    acceptableRecoveryLagLegacy: field(int32, { versions: "0" }),
    taskOffsetIntervalMs: int32,
    acceptableRecoveryLag: field(wideInt64, { versions: "1+", default: -1, ignorable: true }),
    status: nullable(array(Status)),
    activeTasks: nullable(array(TaskIds), { default: null }),
    standbyTasks: nullable(array(TaskIds), { default: null }),
    warmupTasks: nullable(array(TaskIds), { default: null }),
    topologyDescriptionRequired: field(boolean, { versions: "1+", default: false }),
    endpointInformationEpoch: int32,
    partitionsByUserEndpoint: nullable(
      array({
        userEndpoint: Endpoint,
        activePartitions: array(TopicPartition),
        standbyPartitions: array(TopicPartition),
      }),
      { default: null },
    ),
  },
);
export type StreamsGroupHeartbeatResponse = Infer<typeof StreamsGroupHeartbeatResponse>;
