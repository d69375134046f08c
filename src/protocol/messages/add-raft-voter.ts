/** AddRaftVoter (80), versions 0-1: adds a voter to the metadata quorum (KIP-853). */
import { array, boolean, field, type Infer, int16, int32, message, nullable, string, uint16, uuid } from "../schema.ts";

export const AddRaftVoterRequest = message(
  { name: "AddRaftVoterRequest", apiKey: 80, validVersions: "0-1", flexibleVersions: "0+" },
  {
    clusterId: nullable(string),
    timeoutMs: int32,
    voterId: int32,
    voterDirectoryId: uuid,
    listeners: array({
      name: string,
      host: string,
      port: uint16,
    }),
    ackWhenCommitted: field(boolean, { versions: "1+", default: true }),
  },
);
export type AddRaftVoterRequest = Infer<typeof AddRaftVoterRequest>;

export const AddRaftVoterResponse = message(
  { name: "AddRaftVoterResponse", apiKey: 80, validVersions: "0-1", flexibleVersions: "0+" },
  {
    throttleTimeMs: field(int32, { default: 0 }),
    errorCode: int16,
    errorMessage: nullable(string),
  },
);
export type AddRaftVoterResponse = Infer<typeof AddRaftVoterResponse>;
