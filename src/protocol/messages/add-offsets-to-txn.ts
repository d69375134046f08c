/** AddOffsetsToTxn (25), versions 0-4: adds a group's offsets to a transaction (KIP-98). */
import { field, type Infer, int16, int32, int64, message, string } from "../schema.ts";

export const AddOffsetsToTxnRequest = message(
  { name: "AddOffsetsToTxnRequest", apiKey: 25, validVersions: "0-4", flexibleVersions: "3+" },
  {
    transactionalId: string,
    producerId: int64,
    producerEpoch: int16,
    groupId: string,
  },
);
export type AddOffsetsToTxnRequest = Infer<typeof AddOffsetsToTxnRequest>;

export const AddOffsetsToTxnResponse = message(
  { name: "AddOffsetsToTxnResponse", apiKey: 25, validVersions: "0-4", flexibleVersions: "3+" },
  {
    throttleTimeMs: field(int32, { default: 0 }),
    errorCode: int16,
  },
);
export type AddOffsetsToTxnResponse = Infer<typeof AddOffsetsToTxnResponse>;
