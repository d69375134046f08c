/** First control record of an epoch of the metadata log: who leads, and who voted (KIP-595). */
import { array, field, type Infer, int16, int32, message, struct, uuid } from "../schema.ts";

const Voter = struct({
  voterId: int32,
  voterDirectoryId: field(uuid, { versions: "1+" }),
});

export const LeaderChangeMessage = message(
  { name: "LeaderChangeMessage", validVersions: "0-1", flexibleVersions: "0+" },
  {
    version: int16,
    leaderId: int32,
    voters: array(Voter),
    grantingVoters: array(Voter),
  },
);
export type LeaderChangeMessage = Infer<typeof LeaderChangeMessage>;
