/** AllocateProducerIds (67), version 0: gives a broker a block of producer ids (KIP-730). */
import { field, type Infer, int16, int32, int64, message } from "../schema.ts";

export const AllocateProducerIdsRequest = message(
  { name: "AllocateProducerIdsRequest", apiKey: 67, validVersions: "0", flexibleVersions: "0+" },
  {
    brokerId: int32,
    brokerEpoch: field(int64, { default: -1 }),
  },
);
export type AllocateProducerIdsRequest = Infer<typeof AllocateProducerIdsRequest>;

export const AllocateProducerIdsResponse = message(
  { name: "AllocateProducerIdsResponse", apiKey: 67, validVersions: "0", flexibleVersions: "0+" },
  {
    throttleTimeMs: field(int32, { default: 0 }),
    errorCode: int16,
    producerIdStart: int64,
    producerIdLen: int32,
  },
);
export type AllocateProducerIdsResponse = Infer<typeof AllocateProducerIdsResponse>;
