/** UpdateRaftVoter (82), version 0: changes a voter's endpoints and supported versions (KIP-853). */
import { array, field, type Infer, int16, int32, message, nullable, string, struct, uint16, uuid } from "../schema.ts";

export const UpdateRaftVoterRequest = message(
  { name: "UpdateRaftVoterRequest", apiKey: 82, validVersions: "0", flexibleVersions: "0+" },
  {
    clusterId: nullable(string),
    currentLeaderEpoch: int32,
    voterId: int32,
    voterDirectoryId: uuid,
    listeners: array({
      name: string,
      host: string,
      port: uint16,
    }),
    kRaftVersionFeature: struct({
      minSupportedVersion: int16,
      maxSupportedVersion: int16,
    }),
  },
);
export type UpdateRaftVoterRequest = Infer<typeof UpdateRaftVoterRequest>;

export const UpdateRaftVoterResponse = message(
  { name: "UpdateRaftVoterResponse", apiKey: 82, validVersions: "0", flexibleVersions: "0+" },
  {
    throttleTimeMs: field(int32, { default: 0 }),
    errorCode: int16,
    currentLeader: field(
      struct({
        leaderId: field(int32, { default: -1 }),
        leaderEpoch: field(int32, { default: -1 }),
        host: string,
        port: int32,
      }),
      { tag: 0 },
    ),
  },
);
export type UpdateRaftVoterResponse = Infer<typeof UpdateRaftVoterResponse>;
