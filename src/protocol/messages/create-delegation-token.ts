/**
 * CreateDelegationToken (38), versions 1-3: makes a delegation token (KIP-48); on behalf of others from 3 on (KIP-373).
 */
import { array, bytes, field, type Infer, int16, int32, message, nullable, string, wideInt64 } from "../schema.ts";

export const CreateDelegationTokenRequest = message(
  { name: "CreateDelegationTokenRequest", apiKey: 38, validVersions: "1-3", flexibleVersions: "2+" },
  {
    ownerPrincipalType: nullable(string, { versions: "3+" }),
    ownerPrincipalName: nullable(string, { versions: "3+" }),
    renewers: array({
      principalType: string,
      principalName: string,
    }),
    maxLifetimeMs: wideInt64,
  },
);
export type CreateDelegationTokenRequest = Infer<typeof CreateDelegationTokenRequest>;

export const CreateDelegationTokenResponse = message(
  { name: "CreateDelegationTokenResponse", apiKey: 38, validVersions: "1-3", flexibleVersions: "2+" },
  {
    errorCode: int16,
    principalType: string,
    principalName: string,
    tokenRequesterPrincipalType: field(string, { versions: "3+" }),
    tokenRequesterPrincipalName: field(string, { versions: "3+" }),
    issueTimestampMs: wideInt64,
    expiryTimestampMs: wideInt64,
    maxTimestampMs: wideInt64,
    tokenId: string,
    hmac: bytes,
    throttleTimeMs: field(int32, { default: 0 }),
  },
);
export type CreateDelegationTokenResponse = Infer<typeof CreateDelegationTokenResponse>;
