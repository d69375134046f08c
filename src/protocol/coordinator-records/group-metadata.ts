/** A classic group: its protocol, generation and members. */
import { array, bytes, field, type Infer, int32, int64, message, nullable, string, struct } from "../schema.ts";

export const GroupMetadataKey = message(
  { name: "GroupMetadataKey", apiKey: 2, validVersions: "0", flexibleVersions: "none" },
  {
    group: string,
  },
);
export type GroupMetadataKey = Infer<typeof GroupMetadataKey>;

const MemberMetadata = struct({
  memberId: string,
  groupInstanceId: nullable(string, { versions: "3+", default: null, ignorable: true }),
  clientId: string,
  clientHost: string,
  rebalanceTimeout: field(int32, { versions: "1+", default: -1, ignorable: true }),
  sessionTimeout: int32,
  subscription: bytes,
  assignment: bytes,
});

export const GroupMetadataValue = message(
  { name: "GroupMetadataValue", apiKey: 2, validVersions: "0-4", flexibleVersions: "4+" },
  {
    protocolType: string,
    generation: int32,
    protocol: nullable(string),
    leader: nullable(string),
    currentStateTimestamp: field(int64, { versions: "2+", default: -1, ignorable: true }),
    members: array(MemberMetadata),
  },
);
export type GroupMetadataValue = Infer<typeof GroupMetadataValue>;
