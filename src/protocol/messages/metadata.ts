/**
 * Metadata (3), versions 0-13: tells brokers, topics and partition leaders, and may create topics. Topic ids from 10 on
 * (KIP-516).
 */
import { array, boolean, field, type Infer, int16, int32, message, nullable, string, uuid } from "../schema.ts";

export const MetadataRequest = message(
  { name: "MetadataRequest", apiKey: 3, validVersions: "0-13", flexibleVersions: "9+" },
  {
    topics: nullable(
      array({
        topicId: field(uuid, { versions: "10+", ignorable: true }),
        name: nullable(string, { nullable: "10+" }),
      }),
      { nullable: "1+" },
    ),
    allowAutoTopicCreation: field(boolean, { versions: "4+", default: true }),
    includeClusterAuthorizedOperations: field(boolean, { versions: "8-10" }),
    includeTopicAuthorizedOperations: field(boolean, { versions: "8+" }),
  },
);
export type MetadataRequest = Infer<typeof MetadataRequest>;

export const MetadataResponse = message(
  { name: "MetadataResponse", apiKey: 3, validVersions: "0-13", flexibleVersions: "9+" },
  {
    throttleTimeMs: field(int32, { versions: "3+", ignorable: true }),
    brokers: array({
      nodeId: int32,
      host: string,
      port: int32,
      rack: nullable(string, { versions: "1+", default: null, ignorable: true }),
    }),
    clusterId: nullable(string, { versions: "2+", default: null, ignorable: true }),
    controllerId: field(int32, { versions: "1+", default: -1, ignorable: true }),
    topics: array({
      errorCode: int16,
      name: nullable(string, { nullable: "12+" }),
      topicId: field(uuid, { versions: "10+", ignorable: true }),
      isInternal: field(boolean, { versions: "1+", default: false, ignorable: true }),
      partitions: array({
        errorCode: int16,
        partitionIndex: int32,
        leaderId: int32,
        leaderEpoch: field(int32, { versions: "7+", default: -1, ignorable: true }),
        replicaNodes: array(int32),
        isrNodes: array(int32),
        offlineReplicas: field(array(int32), { versions: "5+", ignorable: true }),
      }),
      topicAuthorizedOperations: field(int32, { versions: "8+", default: -2_147_483_648 }),
    }),
    clusterAuthorizedOperations: field(int32, { versions: "8-10", default: -2_147_483_648 }),
    errorCode: field(int16, { versions: "13+", ignorable: true }),
  },
);
export type MetadataResponse = Infer<typeof MetadataResponse>;
