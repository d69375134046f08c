/** A feature was finalized at a level; level 0 removes it (KIP-584). */
import { type Infer, int16, message, string } from "../schema.ts";

export const FeatureLevelRecord = message(
  { name: "FeatureLevelRecord", apiKey: 12, validVersions: "0", flexibleVersions: "0+" },
  {
    name: string,
    featureLevel: int16,
  },
);
export type FeatureLevelRecord = Infer<typeof FeatureLevelRecord>;
