/** Fields of the `quorum-state` file, which holds them as JSON. */
import { array, field, type Infer, int32, int64, message, nullable, string, uuid } from "../schema.ts";

export const QuorumStateData = message(
  { name: "QuorumStateData", validVersions: "0-1", flexibleVersions: "0+" },
  {
    clusterId: field(string, { versions: "0" }),
    leaderId: field(int32, { default: -1 }),
    leaderEpoch: field(int32, { default: -1 }),
    votedId: field(int32, { default: -1 }),
    votedDirectoryId: field(uuid, { versions: "1+" }),
    appliedOffset: field(int64, { versions: "0" }),
    currentVoters: nullable(
      array({
        voterId: int32,
      }),
      { versions: "0" },
    ),
  },
);
export type QuorumStateData = Infer<typeof QuorumStateData>;
