/** Vote (52), versions 0-2: asks for a vote, or for a preliminary one from 2 on (KIP-595, KIP-853, KIP-996). */
import {
  array,
  boolean,
  field,
  type Infer,
  int16,
  int32,
  int64,
  message,
  nullable,
  string,
  uint16,
  uuid,
} from "../schema.ts";

export const VoteRequest = message(
  { name: "VoteRequest", apiKey: 52, validVersions: "0-2", flexibleVersions: "0+" },
  {
    clusterId: nullable(string, { default: null }),
    voterId: field(int32, { versions: "1+", default: -1, ignorable: true }),
    topics: array({
      topicName: string,
      partitions: array({
        partitionIndex: int32,
        replicaEpoch: int32,
        replicaId: int32,
        replicaDirectoryId: field(uuid, { versions: "1+", ignorable: true }),
        voterDirectoryId: field(uuid, { versions: "1+", ignorable: true }),
        lastOffsetEpoch: int32,
        lastOffset: int64,
        preVote: field(boolean, { versions: "2+" }),
      }),
    }),
  },
);
export type VoteRequest = Infer<typeof VoteRequest>;

export const VoteResponse = message(
  { name: "VoteResponse", apiKey: 52, validVersions: "0-2", flexibleVersions: "0+" },
  {
    errorCode: int16,
    topics: array({
      topicName: string,
      partitions: array({
        partitionIndex: int32,
        errorCode: int16,
        leaderId: int32,
        leaderEpoch: int32,
        voteGranted: boolean,
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
export type VoteResponse = Infer<typeof VoteResponse>;
