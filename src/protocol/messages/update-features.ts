/** UpdateFeatures (57), versions 0-2: changes finalized feature levels (KIP-584). */
import { array, boolean, field, type Infer, int8, int16, int32, message, nullable, string } from "../schema.ts";

export const UpdateFeaturesRequest = message(
  { name: "UpdateFeaturesRequest", apiKey: 57, validVersions: "0-2", flexibleVersions: "0+" },
  {
    timeoutMs: field(int32, { default: 60000 }),
    featureUpdates: array({
      feature: string,
      maxVersionLevel: int16,
      allowDowngrade: field(boolean, { versions: "0" }),
      upgradeType: field(int8, { versions: "1+", default: 1 }),
    }),
    validateOnly: field(boolean, { versions: "1+", default: false }),
  },
);
export type UpdateFeaturesRequest = Infer<typeof UpdateFeaturesRequest>;

export const UpdateFeaturesResponse = message(
  { name: "UpdateFeaturesResponse", apiKey: 57, validVersions: "0-2", flexibleVersions: "0+" },
  {
    throttleTimeMs: field(int32, { default: 0 }),
    errorCode: int16,
    errorMessage: nullable(string),
    results: field(
      array({
        feature: string,
        errorCode: int16,
        errorMessage: nullable(string),
      }),
      { versions: "0-1", ignorable: true },
    ),
  },
);
export type UpdateFeaturesResponse = Infer<typeof UpdateFeaturesResponse>;
