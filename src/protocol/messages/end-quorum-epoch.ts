/** EndQuorumEpoch (54), versions 0-1: gives up leadership of the quorum and names successors (KIP-595). */
import { array, field, type Infer, int16, int32, message, nullable, string, uint16, uuid } from "../schema.ts";

export const EndQuorumEpochRequest = message(
  { name: "EndQuorumEpochRequest", apiKey: 54, validVersions: "0-1", flexibleVersions: "1+" },
  {
    clusterId: nullable(string, { default: null }),
    topics: array({
      topicName: string,
      partitions: array({
        partitionIndex: int32,
        leaderId: int32,
        leaderEpoch: int32,
        preferredSuccessors: field(array(int32), { versions: "0", ignorable: true }),
        preferredCandidates: field(
          array({
            candidateId: int32,
            candidateDirectoryId: uuid,
          }),
          { versions: "1+", ignorable: true },
        ),
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
export type EndQuorumEpochRequest = Infer<typeof EndQuorumEpochRequest>;

export const EndQuorumEpochResponse = message(
  { name: "EndQuorumEpochResponse", apiKey: 54, validVersions: "0-1", flexibleVersions: "1+" },
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
export type EndQuorumEpochResponse = Infer<typeof EndQuorumEpochResponse>;
