/** RenewDelegationToken (39), versions 1-2: prolongs a delegation token (KIP-48). */
import { bytes, field, type Infer, int16, int32, message, wideInt64 } from "../schema.ts";

export const RenewDelegationTokenRequest = message(
  { name: "RenewDelegationTokenRequest", apiKey: 39, validVersions: "1-2", flexibleVersions: "2+" },
  {
    hmac: bytes,
    renewPeriodMs: wideInt64,
  },
);
export type RenewDelegationTokenRequest = Infer<typeof RenewDelegationTokenRequest>;

export const RenewDelegationTokenResponse = message(
  { name: "RenewDelegationTokenResponse", apiKey: 39, validVersions: "1-2", flexibleVersions: "2+" },
  {
    errorCode: int16,
    expiryTimestampMs: wideInt64,
    throttleTimeMs: field(int32, { default: 0 }),
  },
);
export type RenewDelegationTokenResponse = Infer<typeof RenewDelegationTokenResponse>;
