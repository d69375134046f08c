/** StreamsGroupDescribe (89), versions 0-1: shows streams groups (KIP-1071). */
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

export const StreamsGroupDescribeRequest = message(
  { name: "StreamsGroupDescribeRequest", apiKey: 89, validVersions: "0-1", flexibleVersions: "0+" },
  {
    groupIds: array(string),
    includeAuthorizedOperations: boolean,
    includeTopologyDescription: field(boolean, { versions: "1+", default: false }),
  },
);
export type StreamsGroupDescribeRequest = Infer<typeof StreamsGroupDescribeRequest>;

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

const Endpoint = struct({
  host: string,
  port: uint16,
});

const TaskOffset = struct({
  subtopologyId: string,
  partition: int32,
  offset: wideInt64,
});

const TaskIds = struct({
  subtopologyId: string,
  partitions: array(int32),
});

const Assignment = struct({
  activeTasks: array(TaskIds),
  standbyTasks: array(TaskIds),
  warmupTasks: array(TaskIds),
});

const TopologyDescriptionNode = struct({
  name: string,
  nodeType: int8,
  sourceTopics: array(string),
  sinkTopic: nullable(string, { default: null }),
  stores: array(string),
  successors: array(string),
});

const TopologyDescriptionSubtopology = struct({
  subtopologyId: string,
  nodes: array(TopologyDescriptionNode),
});

const TopologyDescriptionGlobalStore = struct({
  source: TopologyDescriptionNode,
  processor: TopologyDescriptionNode,
});

const TopologyDescription = struct({
  subtopologies: array(TopologyDescriptionSubtopology),
  globalStores: array(TopologyDescriptionGlobalStore),
});

export const StreamsGroupDescribeResponse = message(
  { name: "StreamsGroupDescribeResponse", apiKey: 89, validVersions: "0-1", flexibleVersions: "0+" },
  {
    throttleTimeMs: field(int32, { default: 0 }),
    groups: array({
      errorCode: int16,
      errorMessage: nullable(string, { default: null }),
      groupId: string,
      groupState: string,
      groupEpoch: int32,
      assignmentEpoch: int32,
      topology: nullable(
        struct({
          epoch: int32,
          subtopologies: nullable(
            array({
              subtopologyId: string,
              sourceTopics: array(string),
              repartitionSinkTopics: array(string),
              stateChangelogTopics: array(TopicInfo),
              repartitionSourceTopics: array(TopicInfo),
            }),
            { default: null },
          ),
        }),
        { default: null },
      ),
      members: array({
        memberId: string,
        memberEpoch: int32,
        instanceId: nullable(string, { default: null }),
        rackId: nullable(string, { default: null }),
        clientId: string,
        clientHost: string,
        topologyEpoch: int32,
        processId: string,
        userEndpoint: nullable(Endpoint, { default: null }),
        clientTags: array(KeyValue),
        taskOffsets: array(TaskOffset),
        taskEndOffsets: array(TaskOffset),
        assignment: Assignment,
        targetAssignment: Assignment,
        isClassic: boolean,
      }),
      authorizedOperations: field(int32, { default: -2_147_483_648 }),
      topologyDescription: nullable(TopologyDescription, { versions: "1+", default: null }),
      topologyDescriptionStatus: field(int8, { versions: "1+", default: 0 }),
      assignorName: nullable(string, { versions: "1+", default: null, ignorable: true }),
    }),
  },
);
export type StreamsGroupDescribeResponse = Infer<typeof StreamsGroupDescribeResponse>;
