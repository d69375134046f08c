/** RemoveRaftVoter (81), version 0: removes a voter from the metadata quorum (KIP-853). */
import { field, type Infer, int16, int32, message, nullable, string, uuid } from "../schema.ts";

export const RemoveRaftVoterRequest = message(
  { name: "RemoveRaftVoterRequest", apiKey: 81, validVersions: "0", flexibleVersions: "0+" },
  {
    clusterId: nullable(string),
    voterId: int32,
    voterDirectoryId: uuid,
  },
);
export type RemoveRaftVoterRequest = Infer<typeof RemoveRaftVoterRequest>;

export const RemoveRaftVoterResponse = message(
  { name: "RemoveRaftVoterResponse", apiKey: 81, validVersions: "0", flexibleVersions: "0+" },
  {
    throttleTimeMs: field(int32, { default: 0 }),
    errorCode: int16,
    errorMessage: nullable(string),
  },
);
export type RemoveRaftVoterResponse = Infer<typeof RemoveRaftVoterResponse>;
