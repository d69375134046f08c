/** ElectLeaders (43), versions 0-2: asks for leader elections: preferred, or unclean from 1 on (KIP-460). */
import { array, field, type Infer, int8, int16, int32, message, nullable, string } from "../schema.ts";

export const ElectLeadersRequest = message(
  { name: "ElectLeadersRequest", apiKey: 43, validVersions: "0-2", flexibleVersions: "2+" },
  {
    electionType: field(int8, { versions: "1+" }),
    topicPartitions: nullable(
      array({
        topic: string,
        partitions: array(int32),
      }),
    ),
    timeoutMs: field(int32, { default: 60000 }),
  },
);
export type ElectLeadersRequest = Infer<typeof ElectLeadersRequest>;

export const ElectLeadersResponse = message(
  { name: "ElectLeadersResponse", apiKey: 43, validVersions: "0-2", flexibleVersions: "2+" },
  {
    throttleTimeMs: field(int32, { default: 0 }),
    errorCode: field(int16, { versions: "1+" }),
    replicaElectionResults: array({
      topic: string,
      partitionResult: array({
        partitionId: int32,
        errorCode: int16,
        errorMessage: nullable(string),
      }),
    }),
  },
);
export type ElectLeadersResponse = Infer<typeof ElectLeadersResponse>;
