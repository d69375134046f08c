/**
 * ApiVersions (18), versions 0-5: tells which APIs, versions and features a node supports (KIP-35, KIP-511, KIP-584).
 */
import { array, boolean, field, type Infer, int16, int32, int64, message, nullable, string } from "../schema.ts";

export const ApiVersionsRequest = message(
  { name: "ApiVersionsRequest", apiKey: 18, validVersions: "0-5", flexibleVersions: "3+" },
  {
    clientSoftwareName: field(string, { versions: "3+", ignorable: true }),
    clientSoftwareVersion: field(string, { versions: "3+", ignorable: true }),
    clusterId: nullable(string, { versions: "5+", default: null, ignorable: true }),
    nodeId: field(int32, { versions: "5+", default: -1, ignorable: true }),
  },
);
export type ApiVersionsRequest = Infer<typeof ApiVersionsRequest>;

export const ApiVersionsResponse = message(
  { name: "ApiVersionsResponse", apiKey: 18, validVersions: "0-5", flexibleVersions: "3+" },
  {
    errorCode: int16,
    apiKeys: array({
      apiKey: int16,
      minVersion: int16,
      maxVersion: int16,
    }),
    throttleTimeMs: field(int32, { versions: "1+", ignorable: true }),
    supportedFeatures: field(
      array({
        name: string,
        minVersion: int16,
        maxVersion: int16,
      }),
      { versions: "3+", tag: 0, ignorable: true },
    ),
    finalizedFeaturesEpoch: field(int64, { versions: "3+", default: -1, tag: 1, ignorable: true }),
    finalizedFeatures: field(
      array({
        name: string,
        maxVersionLevel: int16,
        minVersionLevel: int16,
      }),
      { versions: "3+", tag: 2, ignorable: true },
    ),
    zkMigrationReady: field(boolean, { versions: "3+", default: false, tag: 3, ignorable: true }),
  },
);
export type ApiVersionsResponse = Infer<typeof ApiVersionsResponse>;
