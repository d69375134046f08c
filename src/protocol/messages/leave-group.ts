/** LeaveGroup (13), versions 0-5: takes members out of a group; several at once from 3 on (KIP-345). */
import { array, field, type Infer, int16, int32, message, nullable, string } from "../schema.ts";

export const LeaveGroupRequest = message(
  { name: "LeaveGroupRequest", apiKey: 13, validVersions: "0-5", flexibleVersions: "4+" },
  {
    groupId: string,
    memberId: field(string, { versions: "0-2" }),
    members: field(
      array({
        memberId: string,
        groupInstanceId: nullable(string, { default: null }),
        reason: nullable(string, { versions: "5+", default: null, ignorable: true }),
      }),
      { versions: "3+" },
    ),
  },
);
export type LeaveGroupRequest = Infer<typeof LeaveGroupRequest>;

export const LeaveGroupResponse = message(
  { name: "LeaveGroupResponse", apiKey: 13, validVersions: "0-5", flexibleVersions: "4+" },
  {
    throttleTimeMs: field(int32, { versions: "1+", ignorable: true }),
    errorCode: int16,
    members: field(
      array({
        memberId: string,
        groupInstanceId: nullable(string),
        errorCode: int16,
      }),
      { versions: "3+" },
    ),
  },
);
export type LeaveGroupResponse = Infer<typeof LeaveGroupResponse>;
