import { expect, test } from "vitest";
import { sizeOfVarint, sizeOfVarlong, writeVarint, writeVarlong } from "../../src/record/varint.ts";

function written(value: number, write: typeof writeVarint): number[] {
  const bytes = new Uint8Array(12);
  return [...bytes.subarray(0, write(bytes, 0, value))];
}

test.each([
  [0, [0]],
  [-1, [1]],
  [63, [0x7e]],
  [-64, [0x7f]],
  [64, [0x80, 0x01]],
  [-65, [0x81, 0x01]],
  [8191, [0xfe, 0x7f]],
  [2147483647, [0xfe, 0xff, 0xff, 0xff, 0x0f]],
  [-2147483648, [0xff, 0xff, 0xff, 0xff, 0x0f]],
])("the varint %i has these bytes", (value, bytes) => {
  expect(written(value, writeVarint)).toEqual(bytes);
  expect(sizeOfVarint(value)).toBe(bytes.length);
  expect(written(value, writeVarlong)).toEqual(bytes);
  expect(sizeOfVarlong(value)).toBe(bytes.length);
});

test.each([
  [2147483648, [0x80, 0x80, 0x80, 0x80, 0x10]],
  [-2147483649, [0x81, 0x80, 0x80, 0x80, 0x10]],
  [1e15, [0x80, 0x80, 0xb4, 0xcc, 0xd4, 0xdf, 0xc6, 0x03]],
])("the varlong %i has these bytes", (value, bytes) => {
  expect(written(value, writeVarlong)).toEqual(bytes);
  expect(sizeOfVarlong(value)).toBe(bytes.length);
});
