/**
 * ListGroups (16), versions 0-5: lists the groups of a coordinator, by state from 4 on (KIP-518) and by type from 5 on
 * (KIP-848).
 */
import { array, field, type Infer, int16, int32, message, string } from "../schema.ts";

export const ListGroupsRequest = message(
  { name: "ListGroupsRequest", apiKey: 16, validVersions: "0-5", flexibleVersions: "3+" },
  {
    statesFilter: field(array(string), { versions: "4+" }),
    typesFilter: field(array(string), { versions: "5+" }),
  },
);
export type ListGroupsRequest = Infer<typeof ListGroupsRequest>;

export const ListGroupsResponse = message(
  { name: "ListGroupsResponse", apiKey: 16, validVersions: "0-5", flexibleVersions: "3+" },
  {
    throttleTimeMs: field(int32, { versions: "1+", ignorable: true }),
    errorCode: int16,
    groups: array({
      groupId: string,
      protocolType: string,
      groupState: field(string, { versions: "4+", ignorable: true }),
      groupType: field(string, { versions: "5+", ignorable: true }),
    }),
  },
);
export type ListGroupsResponse = Infer<typeof ListGroupsResponse>;
