/** BeginQuorumEpoch (53), versions 0-1: tells voters who leads the quorum (KIP-595). */
import { array, field, type Infer, int16, int32, message, nullable, string, uint16, uuid } from "../schema.ts";

export const BeginQuorumEpochRequest = message(
  { name: "BeginQuorumEpochRequest", apiKey: 53, validVersions: "0-1", flexibleVersions: "1+" },
  {
    clusterId: nullable(string, { default: null }),
    voterId: field(int32, { versions: "1+", default: -1, ignorable: true }),
    topics: array({
      topicName: string,
      partitions: array({
        partitionIndex: int32,
        voterDirectoryId: field(uuid, { versions: "1+", ignorable: true }),
        leaderId: int32,
        leaderEpoch: int32,
      }),
    }),
    leaderEndpoints: field(
      array({
        name: string,
        host: string,
        port: uint16,
      }),
      { versions: "1+", ignorable: true },
    ),
  },
);
export type BeginQuorumEpochRequest = Infer<typeof BeginQuorumEpochRequest>;

export const BeginQuorumEpochResponse = message(
  { name: "BeginQuorumEpochResponse", apiKey: 53, validVersions: "0-1", flexibleVersions: "1+" },
  {
    errorCode: int16,
    topics: array({
      topicName: string,
      partitions: array({
        partitionIndex: int32,
        errorCode: int16,
        leaderId: int32,
        leaderEpoch: int32,
      }),
    }),
    nodeEndpoints: field(
      array({
        nodeId: int32,
        host: string,
        port: uint16,
      }),
      { versions: "1+", tag: 0 },
    ),
  },
);
export type BeginQuorumEpochResponse = Infer<typeof BeginQuorumEpochResponse>;
