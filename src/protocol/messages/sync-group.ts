/**
 * SyncGroup (14), versions 0-5: brings the leader's assignment to the coordinator and each member's part to the member.
 */
import { array, bytes, field, type Infer, int16, int32, message, nullable, string } from "../schema.ts";

export const SyncGroupRequest = message(
  { name: "SyncGroupRequest", apiKey: 14, validVersions: "0-5", flexibleVersions: "4+" },
  {
    groupId: string,
    generationId: int32,
    memberId: string,
    groupInstanceId: nullable(string, { versions: "3+", default: null }),
    protocolType: nullable(string, { versions: "5+", default: null, ignorable: true }),
    protocolName: nullable(string, { versions: "5+", default: null, ignorable: true }),
    assignments: array({
      memberId: string,
      assignment: bytes,
    }),
  },
);
export type SyncGroupRequest = Infer<typeof SyncGroupRequest>;

export const SyncGroupResponse = message(
  { name: "SyncGroupResponse", apiKey: 14, validVersions: "0-5", flexibleVersions: "4+" },
  {
    throttleTimeMs: field(int32, { versions: "1+", ignorable: true }),
    errorCode: int16,
    protocolType: nullable(string, { versions: "5+", default: null, ignorable: true }),
    protocolName: nullable(string, { versions: "5+", default: null, ignorable: true }),
    assignment: bytes,
  },
);
export type SyncGroupResponse = Infer<typeof SyncGroupResponse>;
