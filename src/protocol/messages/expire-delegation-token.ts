/** ExpireDelegationToken (40), versions 1-2: changes when a delegation token ends (KIP-48). */
import { bytes, field, type Infer, int16, int32, message, wideInt64 } from "../schema.ts";

export const ExpireDelegationTokenRequest = message(
  { name: "ExpireDelegationTokenRequest", apiKey: 40, validVersions: "1-2", flexibleVersions: "2+" },
  {
    hmac: bytes,
    expiryTimePeriodMs: wideInt64,
  },
);
export type ExpireDelegationTokenRequest = Infer<typeof ExpireDelegationTokenRequest>;

export const ExpireDelegationTokenResponse = message(
  { name: "ExpireDelegationTokenResponse", apiKey: 40, validVersions: "1-2", flexibleVersions: "2+" },
  {
    errorCode: int16,
    expiryTimestampMs: wideInt64,
    throttleTimeMs: field(int32, { default: 0 }),
  },
);
export type ExpireDelegationTokenResponse = Infer<typeof ExpireDelegationTokenResponse>;
