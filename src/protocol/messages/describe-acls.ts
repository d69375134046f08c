/** DescribeAcls (29), versions 1-3: lists the ACL bindings that match a filter (KIP-140). */
import { array, field, type Infer, int8, int16, int32, message, nullable, string } from "../schema.ts";

export const DescribeAclsRequest = message(
  { name: "DescribeAclsRequest", apiKey: 29, validVersions: "1-3", flexibleVersions: "2+" },
  {
    resourceTypeFilter: int8,
    resourceNameFilter: nullable(string),
    patternTypeFilter: field(int8, { default: 3 }),
    principalFilter: nullable(string),
    hostFilter: nullable(string),
    operation: int8,
    permissionType: int8,
  },
);
export type DescribeAclsRequest = Infer<typeof DescribeAclsRequest>;

export const DescribeAclsResponse = message(
  { name: "DescribeAclsResponse", apiKey: 29, validVersions: "1-3", flexibleVersions: "2+" },
  {
    throttleTimeMs: field(int32, { default: 0 }),
    errorCode: int16,
    errorMessage: nullable(string),
    resources: array({
      resourceType: int8,
      resourceName: string,
      patternType: field(int8, { default: 3 }),
      acls: array({
        principal: string,
        host: string,
        operation: int8,
        permissionType: int8,
      }),
    }),
  },
);
export type DescribeAclsResponse = Infer<typeof DescribeAclsResponse>;
