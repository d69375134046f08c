import { describe, expect, test, vi } from "vitest";
import { SeededRandom } from "../../../adapters/simulator/index.ts";
import { KeyHash } from "../../../src/log/cleaner/key-hash.ts";
import { OffsetMap } from "../../../src/log/cleaner/offset-map.ts";

const ascending = (length: number) => Uint8Array.from({ length }, (_, index) => index);

function hashed(hash: KeyHash, bytes: Uint8Array, start = 0, end = bytes.length): string {
  hash.of(bytes, start, end);
  const words = new DataView(new ArrayBuffer(16));
  const { word0, word1, word2, word3 } = hash;
  for (const [index, word] of [word0, word1, word2, word3].entries()) words.setInt32(4 * index, word, true);
  return Array.from(new Uint8Array(words.buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

describe("the hash of a key", () => {
  // The reference implementation's test vectors of HalfSipHash-2-4 with 64 bits of output.
  test.each([
    [0, "218d1f59b9b83cc8"],
    [1, "be552412f8387315"],
    [2, "064f39ef7c50eb57"],
    [3, "ce0f1a45f7060679"],
    [4, "d5e78a175be52ea1"],
  ])("of %i bytes is that of the reference implementation, twice", (length, vector) => {
    const secret = new Uint8Array([...ascending(8), ...ascending(8)]);
    expect(hashed(new KeyHash(secret), ascending(length))).toBe(vector + vector);
  });

  test("is of the key only, wherever it lies", () => {
    const hash = new KeyHash(ascending(16));
    const bytes = Uint8Array.from([9, 9, ...ascending(21), 9]);
    expect(hashed(hash, bytes, 2, 23)).toBe(hashed(hash, ascending(21)));
  });

  test("is another one with another secret, in both halves", () => {
    const one = hashed(new KeyHash(ascending(16)), ascending(5));
    const other = hashed(new KeyHash(ascending(16).map((byte) => byte ^ 1)), ascending(5));
    expect(one.slice(0, 16)).not.toBe(other.slice(0, 16));
    expect(one.slice(16)).not.toBe(other.slice(16));
    expect(one.slice(0, 16)).not.toBe(one.slice(16));
  });
});

describe("the map of keys", () => {
  const text = new TextEncoder();

  test("has the offset that was put last, for as many keys as there are slots", () => {
    const map = OffsetMap.allocate(2_000, new SeededRandom(1));
    const put = (key: string, offset: number) => map.put(text.encode(key), 0, text.encode(key).length, offset);
    const get = (key: string) => map.get(text.encode(key), 0, text.encode(key).length);
    for (let index = 0; index < 2_000; index++) put(`key-${index}`, index);
    for (let index = 0; index < 2_000; index += 2) put(`key-${index}`, 2 ** 40 + index);
    expect(map.size).toBe(2_000);
    for (let index = 0; index < 2_000; index++)
      expect(get(`key-${index}`)).toBe(index % 2 === 0 ? 2 ** 40 + index : index);
    expect(get("another")).toBe(-1);
    expect(() => put("another", 1)).toThrow("2000 slots is full");
  });

  test("takes the empty key and the offset 0", () => {
    const map = OffsetMap.allocate(10, new SeededRandom(1));
    map.put(new Uint8Array(0), 0, 0, 0);
    expect(map.get(new Uint8Array(0), 0, 0)).toBe(0);
    expect(map.size).toBe(1);
  });

  test("is smaller where memory is short", () => {
    const allocate = vi.fn((length: number) => {
      if (length > 100_000) throw new RangeError("Array buffer allocation failed");
      return new Int32Array(length);
    });
    expect(OffsetMap.allocate(100_000, new SeededRandom(1), allocate).slots).toBe(12_500);
    expect(allocate).toHaveBeenCalledTimes(4);
    expect(() => OffsetMap.allocate(100_000, new SeededRandom(1), (): never => allocate(2 ** 40) as never)).toThrow(
      "allocation failed",
    );
  });
});
