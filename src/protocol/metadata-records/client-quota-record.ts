/** A client quota was set or removed (KIP-546). */
import { array, boolean, float64, type Infer, message, nullable, string } from "../schema.ts";

export const ClientQuotaRecord = message(
  { name: "ClientQuotaRecord", apiKey: 14, validVersions: "0", flexibleVersions: "0+" },
  {
    entity: array({
      entityType: string,
      entityName: nullable(string),
    }),
    key: string,
    value: float64,
    remove: boolean,
  },
);
export type ClientQuotaRecord = Infer<typeof ClientQuotaRecord>;
