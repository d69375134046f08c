import { expect, test } from "vitest";
import {
  LARGEST_VARLONG,
  readExactVarlong,
  sizeOfExactVarlong,
  sizeOfVarint,
  sizeOfVarlong,
  writeExactVarlong,
  writeVarint,
  writeVarlong,
} from "../../src/record/varint.ts";

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

test.each([
  0n,
  -1n,
  63n,
  -64n,
  64n,
  2n ** 52n,
  -(2n ** 52n),
  2n ** 53n + 1n,
  -(2n ** 53n) - 1n,
  2n ** 63n - 1n,
  -(2n ** 63n),
])("the varlong %s is written and read exactly", (value) => {
  const bytes = new Uint8Array(12);
  const size = writeExactVarlong(bytes, 1, value) - 1;
  expect(size).toBe(sizeOfExactVarlong(value));
  expect(readExactVarlong(bytes, 1)).toBe(value);
  const number = Number(value);
  if (Math.abs(number) <= LARGEST_VARLONG)
    expect([...bytes.subarray(1, 1 + size)]).toEqual(written(number, writeVarlong));
});

test("what is no long any more wraps, as in Java", () => {
  const bytes = new Uint8Array(12);
  const end = writeExactVarlong(bytes, 0, 2n ** 63n);
  expect([end, readExactVarlong(bytes, 0)]).toEqual([10, -(2n ** 63n)]);
});
