/**
 * JoinGroup (11), versions 0-9: enters a classic group or rejoins it for the next generation. Static members from 5 on
 * (KIP-345).
 */
import { array, boolean, bytes, field, type Infer, int16, int32, message, nullable, string } from "../schema.ts";

export const JoinGroupRequest = message(
  { name: "JoinGroupRequest", apiKey: 11, validVersions: "0-9", flexibleVersions: "6+" },
  {
    groupId: string,
    sessionTimeoutMs: int32,
    rebalanceTimeoutMs: field(int32, { versions: "1+", default: -1, ignorable: true }),
    memberId: string,
    groupInstanceId: nullable(string, { versions: "5+", default: null }),
    protocolType: string,
    protocols: array({
      name: string,
      metadata: bytes,
    }),
    reason: nullable(string, { versions: "8+", default: null, ignorable: true }),
  },
);
export type JoinGroupRequest = Infer<typeof JoinGroupRequest>;

export const JoinGroupResponse = message(
  { name: "JoinGroupResponse", apiKey: 11, validVersions: "0-9", flexibleVersions: "6+" },
  {
    throttleTimeMs: field(int32, { versions: "2+", ignorable: true }),
    errorCode: int16,
    generationId: field(int32, { default: -1 }),
    protocolType: nullable(string, { versions: "7+", default: null, ignorable: true }),
    protocolName: nullable(string, { nullable: "7+" }),
    leader: string,
    skipAssignment: field(boolean, { versions: "9+", default: false }),
    memberId: string,
    members: array({
      memberId: string,
      groupInstanceId: nullable(string, { versions: "5+", default: null, ignorable: true }),
      metadata: bytes,
    }),
  },
);
export type JoinGroupResponse = Infer<typeof JoinGroupResponse>;
