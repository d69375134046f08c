/** UnregisterBroker (64), version 0: removes the registration of a broker (KIP-631). */
import { field, type Infer, int16, int32, message, nullable, string } from "../schema.ts";

export const UnregisterBrokerRequest = message(
  { name: "UnregisterBrokerRequest", apiKey: 64, validVersions: "0", flexibleVersions: "0+" },
  {
    brokerId: int32,
  },
);
export type UnregisterBrokerRequest = Infer<typeof UnregisterBrokerRequest>;

export const UnregisterBrokerResponse = message(
  { name: "UnregisterBrokerResponse", apiKey: 64, validVersions: "0", flexibleVersions: "0+" },
  {
    throttleTimeMs: field(int32, { default: 0 }),
    errorCode: int16,
    errorMessage: nullable(string),
  },
);
export type UnregisterBrokerResponse = Infer<typeof UnregisterBrokerResponse>;
