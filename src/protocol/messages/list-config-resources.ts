/**
 * ListConfigResources (74), versions 0-1: lists resources that have configurations (KIP-1142); only client metrics in
 * version 0 (KIP-714).
 */
import { array, field, type Infer, int8, int16, int32, message, string } from "../schema.ts";

export const ListConfigResourcesRequest = message(
  { name: "ListConfigResourcesRequest", apiKey: 74, validVersions: "0-1", flexibleVersions: "0+" },
  {
    resourceTypes: field(array(int8), { versions: "1+" }),
  },
);
export type ListConfigResourcesRequest = Infer<typeof ListConfigResourcesRequest>;

export const ListConfigResourcesResponse = message(
  { name: "ListConfigResourcesResponse", apiKey: 74, validVersions: "0-1", flexibleVersions: "0+" },
  {
    throttleTimeMs: field(int32, { default: 0 }),
    errorCode: int16,
    configResources: array({
      resourceName: string,
      resourceType: field(int8, { versions: "1+", default: 16, ignorable: true }),
    }),
  },
);
export type ListConfigResourcesResponse = Infer<typeof ListConfigResourcesResponse>;
