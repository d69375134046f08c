/** DeleteGroups (42), versions 0-3: deletes empty groups (KIP-229). */
import { array, field, type Infer, int16, int32, message, nullable, string } from "../schema.ts";

export const DeleteGroupsRequest = message(
  { name: "DeleteGroupsRequest", apiKey: 42, validVersions: "0-3", flexibleVersions: "2+" },
  {
    groupsNames: array(string),
  },
);
export type DeleteGroupsRequest = Infer<typeof DeleteGroupsRequest>;

export const DeleteGroupsResponse = message(
  { name: "DeleteGroupsResponse", apiKey: 42, validVersions: "0-3", flexibleVersions: "2+" },
  {
    throttleTimeMs: field(int32, { default: 0 }),
    results: array({
      groupId: string,
      errorCode: int16,
      errorMessage: nullable(string, { versions: "3+", default: null, ignorable: true }),
    }),
  },
);
export type DeleteGroupsResponse = Infer<typeof DeleteGroupsResponse>;
