/** DescribeGroups (15), versions 0-6: shows state and members of classic groups. */
import { array, boolean, bytes, field, type Infer, int16, int32, message, nullable, string } from "../schema.ts";

export const DescribeGroupsRequest = message(
  { name: "DescribeGroupsRequest", apiKey: 15, validVersions: "0-6", flexibleVersions: "5+" },
  {
    groups: array(string),
    includeAuthorizedOperations: field(boolean, { versions: "3+" }),
  },
);
export type DescribeGroupsRequest = Infer<typeof DescribeGroupsRequest>;

export const DescribeGroupsResponse = message(
  { name: "DescribeGroupsResponse", apiKey: 15, validVersions: "0-6", flexibleVersions: "5+" },
  {
    throttleTimeMs: field(int32, { versions: "1+", ignorable: true }),
    groups: array({
      errorCode: int16,
      errorMessage: nullable(string, { versions: "6+", default: null }),
      groupId: string,
      groupState: string,
      protocolType: string,
      protocolData: string,
      members: array({
        memberId: string,
        groupInstanceId: nullable(string, { versions: "4+", default: null, ignorable: true }),
        clientId: string,
        clientHost: string,
        memberMetadata: bytes,
        memberAssignment: bytes,
      }),
      authorizedOperations: field(int32, { versions: "3+", default: -2_147_483_648 }),
    }),
  },
);
export type DescribeGroupsResponse = Infer<typeof DescribeGroupsResponse>;
