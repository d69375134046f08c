/** The voters of the metadata quorum (KIP-853). */
import { array, type Infer, int16, int32, message, string, struct, uint16, uuid } from "../schema.ts";

export const VotersRecord = message(
  { name: "VotersRecord", validVersions: "0", flexibleVersions: "0+" },
  {
    version: int16,
    voters: array({
      voterId: int32,
      voterDirectoryId: uuid,
      endpoints: array({
        name: string,
        host: string,
        port: uint16,
      }),
      kRaftVersionFeature: struct({
        minSupportedVersion: int16,
        maxSupportedVersion: int16,
      }),
    }),
  },
);
export type VotersRecord = Infer<typeof VotersRecord>;
