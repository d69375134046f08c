/**
 * SaslHandshake (17), versions 0-1: picks a SASL mechanism; from 1 on the tokens follow in SaslAuthenticate (KIP-152).
 */
import { array, type Infer, int16, message, string } from "../schema.ts";

export const SaslHandshakeRequest = message(
  { name: "SaslHandshakeRequest", apiKey: 17, validVersions: "0-1", flexibleVersions: "none" },
  {
    mechanism: string,
  },
);
export type SaslHandshakeRequest = Infer<typeof SaslHandshakeRequest>;

export const SaslHandshakeResponse = message(
  { name: "SaslHandshakeResponse", apiKey: 17, validVersions: "0-1", flexibleVersions: "none" },
  {
    errorCode: int16,
    mechanisms: array(string),
  },
);
export type SaslHandshakeResponse = Infer<typeof SaslHandshakeResponse>;
