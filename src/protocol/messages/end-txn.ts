/**
 * EndTxn (26), versions 0-5: commits or aborts a transaction (KIP-98); from 5 on answers with the next epoch (KIP-890).
 */
import { boolean, field, type Infer, int16, int32, int64, message, string } from "../schema.ts";

export const EndTxnRequest = message(
  { name: "EndTxnRequest", apiKey: 26, validVersions: "0-5", flexibleVersions: "3+" },
  {
    transactionalId: string,
    producerId: int64,
    producerEpoch: int16,
    committed: boolean,
  },
);
export type EndTxnRequest = Infer<typeof EndTxnRequest>;

export const EndTxnResponse = message(
  { name: "EndTxnResponse", apiKey: 26, validVersions: "0-5", flexibleVersions: "3+" },
  {
    throttleTimeMs: field(int32, { default: 0 }),
    errorCode: int16,
    producerId: field(int64, { versions: "5+", default: -1, ignorable: true }),
    producerEpoch: field(int16, { versions: "5+", default: -1, ignorable: true }),
  },
);
export type EndTxnResponse = Infer<typeof EndTxnResponse>;
