/** DescribeQuorum (55), versions 0-2: shows voters and observers of the metadata quorum (KIP-595). */
import {
  array,
  field,
  type Infer,
  int16,
  int32,
  int64,
  message,
  nullable,
  string,
  struct,
  uint16,
  uuid,
} from "../schema.ts";

export const DescribeQuorumRequest = message(
  { name: "DescribeQuorumRequest", apiKey: 55, validVersions: "0-2", flexibleVersions: "0+" },
  {
    topics: array({
      topicName: string,
      partitions: array({
        partitionIndex: int32,
      }),
    }),
  },
);
export type DescribeQuorumRequest = Infer<typeof DescribeQuorumRequest>;

const ReplicaState = struct({
  replicaId: int32,
  replicaDirectoryId: field(uuid, { versions: "2+" }),
  logEndOffset: int64,
  lastFetchTimestamp: field(int64, { versions: "1+", default: -1, ignorable: true }),
  lastCaughtUpTimestamp: field(int64, { versions: "1+", default: -1, ignorable: true }),
});

export const DescribeQuorumResponse = message(
  { name: "DescribeQuorumResponse", apiKey: 55, validVersions: "0-2", flexibleVersions: "0+" },
  {
    errorCode: int16,
    errorMessage: nullable(string, { versions: "2+", ignorable: true }),
    topics: array({
      topicName: string,
      partitions: array({
        partitionIndex: int32,
        errorCode: int16,
        errorMessage: nullable(string, { versions: "2+", ignorable: true }),
        leaderId: int32,
        leaderEpoch: int32,
        highWatermark: int64,
        currentVoters: array(ReplicaState),
        observers: array(ReplicaState),
      }),
    }),
    nodes: field(
      array({
        nodeId: int32,
        listeners: array({
          name: string,
          host: string,
          port: uint16,
        }),
      }),
      { versions: "2+" },
    ),
  },
);
export type DescribeQuorumResponse = Infer<typeof DescribeQuorumResponse>;
