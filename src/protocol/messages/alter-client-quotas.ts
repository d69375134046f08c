/** AlterClientQuotas (49), versions 0-1: changes client quotas (KIP-546). */
import { array, boolean, field, float64, type Infer, int16, int32, message, nullable, string } from "../schema.ts";

export const AlterClientQuotasRequest = message(
  { name: "AlterClientQuotasRequest", apiKey: 49, validVersions: "0-1", flexibleVersions: "1+" },
  {
    entries: array({
      entity: array({
        entityType: string,
        entityName: nullable(string),
      }),
      ops: array({
        key: string,
        value: float64,
        remove: boolean,
      }),
    }),
    validateOnly: boolean,
  },
);
export type AlterClientQuotasRequest = Infer<typeof AlterClientQuotasRequest>;

export const AlterClientQuotasResponse = message(
  { name: "AlterClientQuotasResponse", apiKey: 49, validVersions: "0-1", flexibleVersions: "1+" },
  {
    throttleTimeMs: field(int32, { default: 0 }),
    entries: array({
      errorCode: int16,
      errorMessage: nullable(string),
      entity: array({
        entityType: string,
        entityName: nullable(string),
      }),
    }),
  },
);
export type AlterClientQuotasResponse = Infer<typeof AlterClientQuotasResponse>;
