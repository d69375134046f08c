/** DescribeDelegationToken (41), versions 1-3: lists delegation tokens by owner (KIP-48). */
import { array, bytes, field, type Infer, int16, int32, message, nullable, string, wideInt64 } from "../schema.ts";

export const DescribeDelegationTokenRequest = message(
  { name: "DescribeDelegationTokenRequest", apiKey: 41, validVersions: "1-3", flexibleVersions: "2+" },
  {
    owners: nullable(
      array({
        principalType: string,
        principalName: string,
      }),
    ),
  },
);
export type DescribeDelegationTokenRequest = Infer<typeof DescribeDelegationTokenRequest>;

export const DescribeDelegationTokenResponse = message(
  { name: "DescribeDelegationTokenResponse", apiKey: 41, validVersions: "1-3", flexibleVersions: "2+" },
  {
    errorCode: int16,
    tokens: array({
      principalType: string,
      principalName: string,
      tokenRequesterPrincipalType: field(string, { versions: "3+" }),
      tokenRequesterPrincipalName: field(string, { versions: "3+" }),
      issueTimestamp: wideInt64,
      expiryTimestamp: wideInt64,
      maxTimestamp: wideInt64,
      tokenId: string,
      hmac: bytes,
      renewers: array({
        principalType: string,
        principalName: string,
      }),
    }),
    throttleTimeMs: field(int32, { default: 0 }),
  },
);
export type DescribeDelegationTokenResponse = Infer<typeof DescribeDelegationTokenResponse>;
