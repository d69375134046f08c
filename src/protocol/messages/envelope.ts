/** Envelope (58), version 0: carries a client's request from a broker to the controller (KIP-590). */
import { bytes, type Infer, int16, message, nullable } from "../schema.ts";

export const EnvelopeRequest = message(
  { name: "EnvelopeRequest", apiKey: 58, validVersions: "0", flexibleVersions: "0+" },
  {
    requestData: bytes,
    requestPrincipal: nullable(bytes),
    clientHostAddress: bytes,
  },
);
export type EnvelopeRequest = Infer<typeof EnvelopeRequest>;

export const EnvelopeResponse = message(
  { name: "EnvelopeResponse", apiKey: 58, validVersions: "0", flexibleVersions: "0+" },
  {
    responseData: nullable(bytes, { default: null }),
    errorCode: int16,
  },
);
export type EnvelopeResponse = Infer<typeof EnvelopeResponse>;
