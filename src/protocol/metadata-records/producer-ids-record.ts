/** A block of producer ids was given to a broker (KIP-730). */
import { field, type Infer, int32, int64, message } from "../schema.ts";

export const ProducerIdsRecord = message(
  { name: "ProducerIdsRecord", apiKey: 15, validVersions: "0", flexibleVersions: "0+" },
  {
    brokerId: int32,
    brokerEpoch: field(int64, { default: -1 }),
    nextProducerId: int64,
  },
);
export type ProducerIdsRecord = Infer<typeof ProducerIdsRecord>;
