/** A configuration key was set or, with a null value, removed. */
import { type Infer, int8, message, nullable, string } from "../schema.ts";

export const ConfigRecord = message(
  { name: "ConfigRecord", apiKey: 4, validVersions: "0", flexibleVersions: "0+" },
  {
    resourceType: int8,
    resourceName: string,
    name: string,
    value: nullable(string),
  },
);
export type ConfigRecord = Infer<typeof ConfigRecord>;
