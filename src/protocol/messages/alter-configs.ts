/**
 * AlterConfigs (33), versions 0-2: replaces whole configurations (KIP-133); IncrementalAlterConfigs is its better
 * successor.
 */
import { array, boolean, field, type Infer, int8, int16, int32, message, nullable, string } from "../schema.ts";

export const AlterConfigsRequest = message(
  { name: "AlterConfigsRequest", apiKey: 33, validVersions: "0-2", flexibleVersions: "2+" },
  {
    resources: array({
      resourceType: int8,
      resourceName: string,
      configs: array({
        name: string,
        value: nullable(string),
      }),
    }),
    validateOnly: boolean,
  },
);
export type AlterConfigsRequest = Infer<typeof AlterConfigsRequest>;

export const AlterConfigsResponse = message(
  { name: "AlterConfigsResponse", apiKey: 33, validVersions: "0-2", flexibleVersions: "2+" },
  {
    throttleTimeMs: field(int32, { default: 0 }),
    responses: array({
      errorCode: int16,
      errorMessage: nullable(string),
      resourceType: int8,
      resourceName: string,
    }),
  },
);
export type AlterConfigsResponse = Infer<typeof AlterConfigsResponse>;
