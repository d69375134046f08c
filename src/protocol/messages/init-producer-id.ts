/**
 * InitProducerId (22), versions 0-6: gives a producer its id and epoch (KIP-98), bumps it (KIP-360), and keeps a
 * prepared transaction from 6 on (KIP-939).
 */
import { boolean, field, type Infer, int16, int32, int64, message, nullable, string } from "../schema.ts";

export const InitProducerIdRequest = message(
  { name: "InitProducerIdRequest", apiKey: 22, validVersions: "0-6", flexibleVersions: "2+" },
  {
    transactionalId: nullable(string),
    transactionTimeoutMs: int32,
    producerId: field(int64, { versions: "3+", default: -1 }),
    producerEpoch: field(int16, { versions: "3+", default: -1 }),
    enable2Pc: field(boolean, { versions: "6+", default: false }),
    keepPreparedTxn: field(boolean, { versions: "6+", default: false }),
  },
);
export type InitProducerIdRequest = Infer<typeof InitProducerIdRequest>;

export const InitProducerIdResponse = message(
  { name: "InitProducerIdResponse", apiKey: 22, validVersions: "0-6", flexibleVersions: "2+" },
  {
    throttleTimeMs: field(int32, { default: 0 }),
    errorCode: int16,
    producerId: field(int64, { default: -1 }),
    producerEpoch: int16,
    ongoingTxnProducerId: field(int64, { versions: "6+", default: -1 }),
    ongoingTxnProducerEpoch: field(int16, { versions: "6+", default: -1 }),
  },
);
export type InitProducerIdResponse = Infer<typeof InitProducerIdResponse>;
