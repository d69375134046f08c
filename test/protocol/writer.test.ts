import { expect, test } from "vitest";
import { decode, encode, joinParts } from "../../src/protocol/codec.ts";
import { encodeResponseFrame } from "../../src/protocol/header.ts";
import { FetchResponse } from "../../src/protocol/messages/fetch.ts";
import type { Input } from "../../src/protocol/schema.ts";
import { Writer } from "../../src/protocol/writer.ts";
import type { File, Part } from "../../src/runtime.ts";

const file = { path: "00000000000000000000.log" } as File;

test("file ranges pass through, between the bytes around them", () => {
  const range = { file, position: 4096, length: 1_000_000 };
  const parts = encode(FetchResponse, 12, fetchResponse([range]));
  expect(parts).toHaveLength(3);
  expect(parts[1]).toBe(range);
});

test("a frame's length counts file ranges", () => {
  const range = { file, position: 0, length: 123_456 };
  const parts = encodeResponseFrame(7, FetchResponse, 12, fetchResponse([range]));
  const first = parts[0] as Uint8Array;
  const total = parts.reduce((length, part) => length + part.length, 0);
  expect(new DataView(first.buffer, first.byteOffset).getInt32(0)).toBe(total - 4);
});

test("many records go by reference, few are copied", () => {
  const many = new Uint8Array(5000).fill(1);
  const few = new Uint8Array(50).fill(2);
  expect(encode(FetchResponse, 12, fetchResponse([many])).includes(many)).toBe(true);
  expect(encode(FetchResponse, 12, fetchResponse([few]))).toHaveLength(1);
  const whole = joinParts(encode(FetchResponse, 12, fetchResponse([few, many, few])));
  const [response] = decode(FetchResponse, 12, whole).responses;
  expect(joinParts(response!.partitions[0]!.records!)).toHaveLength(5100);
});

test("a long message is a list of blocks, none of them copied over and over", () => {
  const writer = new Writer();
  for (let value = 0; value < 100_000; value++) writer.int32(value);
  expect(writer.length).toBe(400_000);
  const parts = writer.finish();
  expect(Math.max(...parts.map((part) => part.length))).toBeLessThanOrEqual(128 * 1024);
  const view = new DataView(joinParts(parts).buffer);
  const values = Array.from({ length: 100_000 }, (_, index) => view.getInt32(4 * index));
  expect(values.findIndex((value, index) => value !== index)).toBe(-1);
});

function fetchResponse(records: readonly Part[]): Input<typeof FetchResponse> {
  const partition = { partitionIndex: 0, errorCode: 0, highWatermark: 5, abortedTransactions: null, records };
  return { responses: [{ topic: "t", partitions: [partition] }] };
}
