/** The registration of a broker was removed. */
import { type Infer, int32, int64, message } from "../schema.ts";

export const UnregisterBrokerRecord = message(
  { name: "UnregisterBrokerRecord", apiKey: 1, validVersions: "0", flexibleVersions: "0+" },
  {
    brokerId: int32,
    brokerEpoch: int64,
  },
);
export type UnregisterBrokerRecord = Infer<typeof UnregisterBrokerRecord>;
