import { batchHeader, recordBatch, resealed } from "../wire/record-batch.ts";

/** A Produce request that is well formed, with records that are not: Kafka's error, and nothing is appended. */
export interface BrokenBatch {
  readonly name: string;
  readonly bytes: Buffer;
  /** The error codes that are right; none when any error is. */
  readonly errorCodes?: readonly number[];
}

const corruptMessage = 2;
const invalidRecord = 87;
const invalidTxnState = 48;
const invalidProducerIdMapping = 49;
const transactionalIdAuthorizationFailed = 53;

const records = [
  { key: "k", value: "one" },
  { key: "k", value: "two" },
];
const good = recordBatch(records);

export const brokenBatches: readonly BrokenBatch[] = [
  {
    name: "a bit flipped in a record",
    bytes: changed((batch) => batch.writeUInt8(batch[batchHeader.records + 8]! ^ 1, batchHeader.records + 8)),
    errorCodes: [corruptMessage],
  },
  {
    name: "a wrong checksum",
    bytes: changed((batch) => batch.writeUInt32BE(0, batchHeader.crc)),
    errorCodes: [corruptMessage],
  },
  {
    name: "a batch cut off in its records",
    bytes: good.subarray(0, good.length - 3),
    errorCodes: [corruptMessage, invalidRecord],
  },
  { name: "a batch cut off in its header", bytes: good.subarray(0, 30), errorCodes: [corruptMessage, invalidRecord] },
  { name: "no batch at all", bytes: Buffer.alloc(0), errorCodes: [invalidRecord] },
  { name: "two batches", bytes: Buffer.concat([good, good]), errorCodes: [invalidRecord] },
  {
    name: "a negative batch length",
    bytes: changed((batch) => batch.writeInt32BE(-1, batchHeader.batchLength)),
    errorCodes: [corruptMessage],
  },
  {
    name: "a batch length less than a header",
    bytes: changed((batch) => batch.writeInt32BE(10, batchHeader.batchLength)),
    errorCodes: [corruptMessage],
  },
  {
    name: "a batch length of two gigabytes",
    bytes: changed((batch) => batch.writeInt32BE(0x7fffffff, batchHeader.batchLength)),
  },
  {
    name: "magic 1",
    bytes: changed((batch) => batch.writeInt8(1, batchHeader.magic)),
    errorCodes: [corruptMessage, invalidRecord],
  },
  {
    name: "magic 3",
    bytes: changed((batch) => batch.writeInt8(3, batchHeader.magic)),
    errorCodes: [corruptMessage, invalidRecord],
  },
  ...[5, 6, 7].map((codec) => ({ name: `unknown codec ${codec}`, bytes: recordBatch(records, { attributes: codec }) })),
  ...[1, 2, 3, 4].map((codec) => ({
    name: `records that are not what codec ${codec} writes`,
    bytes: recordBatch(records, { attributes: codec }),
  })),
  {
    name: "a count above the records there are",
    bytes: recordBatch(records, { recordCount: 3, lastOffsetDelta: 2 }),
    errorCodes: [invalidRecord],
  },
  {
    name: "a count below the records there are",
    bytes: recordBatch(records, { recordCount: 1, lastOffsetDelta: 0 }),
    errorCodes: [invalidRecord],
  },
  {
    name: "a count of none",
    bytes: recordBatch(records, { recordCount: 0, lastOffsetDelta: 0 }),
    errorCodes: [invalidRecord],
  },
  { name: "a negative count", bytes: recordBatch(records, { recordCount: -5 }), errorCodes: [invalidRecord] },
  {
    name: "a count of two billion",
    bytes: recordBatch(records, { recordCount: 0x7fffffff, lastOffsetDelta: 0x7ffffffe }),
    errorCodes: [invalidRecord],
  },
  {
    name: "a last offset that the count does not reach",
    bytes: recordBatch(records, { lastOffsetDelta: 7 }),
    errorCodes: [invalidRecord],
  },
  {
    name: "a base offset that is not zero",
    bytes: recordBatch(records, { baseOffset: 12_345 }),
    errorCodes: [invalidRecord],
  },
  {
    name: "a control batch from a client",
    bytes: recordBatch(records, { attributes: 0x20 }),
    errorCodes: [invalidRecord],
  },
  {
    name: "a transactional batch without a transactional id",
    bytes: recordBatch(records, { attributes: 0x10 }),
    errorCodes: [invalidTxnState, invalidProducerIdMapping, transactionalIdAuthorizationFailed, invalidRecord],
  },
  {
    name: "a record length beyond the batch",
    bytes: resealed(changed((batch) => batch.writeUInt8(0x7e, batchHeader.records))),
    errorCodes: [invalidRecord, corruptMessage],
  },
];

function changed(change: (batch: Buffer) => void): Buffer {
  const batch = Buffer.from(good);
  change(batch);
  return batch;
}
