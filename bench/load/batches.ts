import { recordBatch } from "../../test/clients/wire/record-batch.ts";

const words = '{"id":"4711","user":"user-42","event":"page_view","url":"https://example.com/item/123456","ok":true},';

/** A batch that holds as many records of `recordBytes` as fit in `batchBytes`, at least one. */
export function loadBatch(recordBytes: number, batchBytes: number): { bytes: Buffer; records: number } {
  const value = Buffer.from(words.repeat(Math.ceil(recordBytes / words.length)).slice(0, recordBytes));
  const overhead = recordBytes < 128 ? 7 : 9;
  const records = Math.max(1, Math.floor((batchBytes - 61) / (recordBytes + overhead)));
  return { bytes: recordBatch(Array.from({ length: records }, () => ({ value }))), records };
}
