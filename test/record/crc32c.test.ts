import { expect, test } from "vitest";
import { createRuntime } from "#adapter";
import { createCrc32c } from "../../src/record/crc32c.ts";

const crc32c = createCrc32c();
const text = (value: string) => new TextEncoder().encode(value);

test("known answers of CRC-32C (RFC 3720, B.4)", () => {
  expect(crc32c(text("123456789"))).toBe(0xe3069283);
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
  expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
  expect(crc32c(Uint8Array.from({ length: 32 }, (_, index) => index))).toBe(0x46dd794e);
  expect(crc32c(new Uint8Array(0))).toBe(0);
});

test("gives the answers of the runtime's own implementation, for every length and from any start", () => {
  const native = createRuntime().checksums;
  const bytes = Uint8Array.from({ length: 300 }, (_, index) => (index * 151 + 7) & 0xff);
  for (let length = 0; length <= bytes.length; length++) {
    const part = bytes.subarray(0, length);
    expect(crc32c(part)).toBe(native.crc32c(part));
  }
  for (const split of [1, 7, 8, 150]) {
    const inTwoSteps = crc32c(bytes.subarray(split), crc32c(bytes.subarray(0, split)));
    expect(inTwoSteps).toBe(crc32c(bytes));
    expect(native.crc32c(bytes.subarray(split), native.crc32c(bytes.subarray(0, split)))).toBe(inTwoSteps);
  }
});
