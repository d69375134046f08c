/**
 * SaslAuthenticate (36), versions 0-2: carries the tokens of a SASL mechanism (KIP-152); sessions that expire from 1 on
 * (KIP-368).
 */
import { bytes, field, type Infer, int16, message, nullable, string, wideInt64 } from "../schema.ts";

export const SaslAuthenticateRequest = message(
  { name: "SaslAuthenticateRequest", apiKey: 36, validVersions: "0-2", flexibleVersions: "2+" },
  {
    authBytes: bytes,
  },
);
export type SaslAuthenticateRequest = Infer<typeof SaslAuthenticateRequest>;

export const SaslAuthenticateResponse = message(
  { name: "SaslAuthenticateResponse", apiKey: 36, validVersions: "0-2", flexibleVersions: "2+" },
  {
    errorCode: int16,
    errorMessage: nullable(string),
    authBytes: bytes,
    sessionLifetimeMs: field(wideInt64, { versions: "1+", default: 0, ignorable: true }),
  },
);
export type SaslAuthenticateResponse = Infer<typeof SaslAuthenticateResponse>;
