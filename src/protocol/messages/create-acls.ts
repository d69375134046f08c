/** CreateAcls (30), versions 1-3: creates ACL bindings (KIP-140). */
import { array, field, type Infer, int8, int16, int32, message, nullable, string } from "../schema.ts";

export const CreateAclsRequest = message(
  { name: "CreateAclsRequest", apiKey: 30, validVersions: "1-3", flexibleVersions: "2+" },
  {
    creations: array({
      resourceType: int8,
      resourceName: string,
      resourcePatternType: field(int8, { default: 3 }),
      principal: string,
      host: string,
      operation: int8,
      permissionType: int8,
    }),
  },
);
export type CreateAclsRequest = Infer<typeof CreateAclsRequest>;

export const CreateAclsResponse = message(
  { name: "CreateAclsResponse", apiKey: 30, validVersions: "1-3", flexibleVersions: "2+" },
  {
    throttleTimeMs: field(int32, { default: 0 }),
    results: array({
      errorCode: int16,
      errorMessage: nullable(string),
    }),
  },
);
export type CreateAclsResponse = Infer<typeof CreateAclsResponse>;
