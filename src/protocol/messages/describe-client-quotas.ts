/** DescribeClientQuotas (48), versions 0-1: lists client quotas (KIP-546). */
import {
  array,
  boolean,
  field,
  float64,
  type Infer,
  int8,
  int16,
  int32,
  message,
  nullable,
  string,
} from "../schema.ts";

export const DescribeClientQuotasRequest = message(
  { name: "DescribeClientQuotasRequest", apiKey: 48, validVersions: "0-1", flexibleVersions: "1+" },
  {
    components: array({
      entityType: string,
      matchType: int8,
      match: nullable(string),
    }),
    strict: boolean,
  },
);
export type DescribeClientQuotasRequest = Infer<typeof DescribeClientQuotasRequest>;

export const DescribeClientQuotasResponse = message(
  { name: "DescribeClientQuotasResponse", apiKey: 48, validVersions: "0-1", flexibleVersions: "1+" },
  {
    throttleTimeMs: field(int32, { default: 0 }),
    errorCode: int16,
    errorMessage: nullable(string),
    entries: nullable(
      array({
        entity: array({
          entityType: string,
          entityName: nullable(string),
        }),
        values: array({
          key: string,
          value: float64,
        }),
      }),
    ),
  },
);
export type DescribeClientQuotasResponse = Infer<typeof DescribeClientQuotasResponse>;
