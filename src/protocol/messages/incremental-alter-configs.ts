/**
 * IncrementalAlterConfigs (44), versions 0-1: sets, deletes, appends to and subtracts from single configuration keys
 * (KIP-339).
 */
import { array, boolean, field, type Infer, int8, int16, int32, message, nullable, string } from "../schema.ts";

export const IncrementalAlterConfigsRequest = message(
  { name: "IncrementalAlterConfigsRequest", apiKey: 44, validVersions: "0-1", flexibleVersions: "1+" },
  {
    resources: array({
      resourceType: int8,
      resourceName: string,
      configs: array({
        name: string,
        configOperation: int8,
        value: nullable(string),
      }),
    }),
    validateOnly: boolean,
  },
);
export type IncrementalAlterConfigsRequest = Infer<typeof IncrementalAlterConfigsRequest>;

export const IncrementalAlterConfigsResponse = message(
  { name: "IncrementalAlterConfigsResponse", apiKey: 44, validVersions: "0-1", flexibleVersions: "1+" },
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
export type IncrementalAlterConfigsResponse = Infer<typeof IncrementalAlterConfigsResponse>;
