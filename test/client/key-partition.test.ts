import { expect, test } from "vitest";
import { murmur2, partitionOfKey } from "../../src/client/key-partition.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

/** The values that Apache Kafka's own clients are tested with. */
test.each([
  ["21", -973932308],
  ["foobar", -790332482],
  ["a-little-bit-long-string", -985981536],
  ["a-little-bit-longer-string", -1486304829],
  ["lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971],
  ["abc", 479470107],
])("the hash of %s is that of Kafka", (text, hash) => {
  expect(murmur2(bytes(text))).toBe(hash);
});

test("a key's partition is not negative, and stays the same", () => {
  expect(partitionOfKey(bytes("21"), 7)).toBe((-973932308 & 0x7fffffff) % 7);
});
