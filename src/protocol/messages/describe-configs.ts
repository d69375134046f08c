/**
 * DescribeConfigs (32), versions 1-4: shows configurations with their sources (KIP-133, KIP-226); types and
 * documentation from 3 on (KIP-569).
 */
import { array, boolean, field, type Infer, int8, int16, int32, message, nullable, string } from "../schema.ts";

export const DescribeConfigsRequest = message(
  { name: "DescribeConfigsRequest", apiKey: 32, validVersions: "1-4", flexibleVersions: "4+" },
  {
    resources: array({
      resourceType: int8,
      resourceName: string,
      configurationKeys: nullable(array(string)),
    }),
    includeSynonyms: field(boolean, { default: false }),
    includeDocumentation: field(boolean, { versions: "3+", default: false }),
  },
);
export type DescribeConfigsRequest = Infer<typeof DescribeConfigsRequest>;

export const DescribeConfigsResponse = message(
  { name: "DescribeConfigsResponse", apiKey: 32, validVersions: "1-4", flexibleVersions: "4+" },
  {
    throttleTimeMs: field(int32, { default: 0 }),
    results: array({
      errorCode: int16,
      errorMessage: nullable(string),
      resourceType: int8,
      resourceName: string,
      configs: array({
        name: string,
        value: nullable(string),
        readOnly: boolean,
        configSource: field(int8, { default: -1 }),
        isSensitive: boolean,
        synonyms: array({
          name: string,
          value: nullable(string),
          source: int8,
        }),
        configType: field(int8, { versions: "3+", default: 0, ignorable: true }),
        documentation: nullable(string, { versions: "3+", ignorable: true }),
      }),
    }),
  },
);
export type DescribeConfigsResponse = Infer<typeof DescribeConfigsResponse>;
