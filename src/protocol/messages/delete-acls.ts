/** DeleteAcls (31), versions 1-3: deletes the ACL bindings that match filters (KIP-140). */
import { array, field, type Infer, int8, int16, int32, message, nullable, string } from "../schema.ts";

export const DeleteAclsRequest = message(
  { name: "DeleteAclsRequest", apiKey: 31, validVersions: "1-3", flexibleVersions: "2+" },
  {
    filters: array({
      resourceTypeFilter: int8,
      resourceNameFilter: nullable(string),
      patternTypeFilter: field(int8, { default: 3 }),
      principalFilter: nullable(string),
      hostFilter: nullable(string),
      operation: int8,
      permissionType: int8,
    }),
  },
);
export type DeleteAclsRequest = Infer<typeof DeleteAclsRequest>;

export const DeleteAclsResponse = message(
  { name: "DeleteAclsResponse", apiKey: 31, validVersions: "1-3", flexibleVersions: "2+" },
  {
    throttleTimeMs: field(int32, { default: 0 }),
    filterResults: array({
      errorCode: int16,
      errorMessage: nullable(string),
      matchingAcls: array({
        errorCode: int16,
        errorMessage: nullable(string),
        resourceType: int8,
        resourceName: string,
        patternType: field(int8, { default: 3 }),
        principal: string,
        host: string,
        operation: int8,
        permissionType: int8,
      }),
    }),
  },
);
export type DeleteAclsResponse = Infer<typeof DeleteAclsResponse>;
