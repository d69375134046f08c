import { describe, expect, test } from "vitest";
import { readUtf8, utf8Length, writeUtf8 } from "../../src/protocol/utf8.ts";

function write(text: string): Uint8Array {
  const bytes = new Uint8Array(utf8Length(text));
  expect(writeUtf8(text, bytes, 0)).toBe(bytes.length);
  return bytes;
}

const read = (...bytes: number[]) => readUtf8(Uint8Array.from(bytes), 0, bytes.length);

describe("UTF-8", () => {
  test.each([
    "",
    "a",
    "topic-name_1.x",
    "é",
    "ß".repeat(30),
    "日本語",
    "한국어",
    "🎉🎉",
    "\u0000\uffff",
    "\ufeffx",
    "x".repeat(500),
  ])("%j is written as everywhere, and read again", (text) => {
    const bytes = write(text);
    expect(bytes).toEqual(new TextEncoder().encode(text));
    expect(readUtf8(bytes, 0, bytes.length)).toBe(text);
  });

  test("ASCII of every length is read as it is", () => {
    const bytes = Uint8Array.from({ length: 64 }, (_, index) => 0x30 + index);
    for (let length = 0; length <= 64; length++) {
      expect(readUtf8(bytes, 0, length)).toBe(String.fromCharCode(...bytes.subarray(0, length)));
    }
  });

  test("a lone surrogate is written as a question mark, as Java does", () => {
    expect(write("a\ud800b")).toEqual(Uint8Array.of(0x61, 0x3f, 0x62));
    expect(write("\udc00\ud800")).toEqual(Uint8Array.of(0x3f, 0x3f));
  });

  test("an ill-formed sequence is read as U+FFFD, an encoded surrogate as one", () => {
    expect(read(0x61, 0xff, 0x62)).toBe("a\ufffdb");
    expect(read(0xc3)).toBe("\ufffd");
    expect(read(0xe2, 0x82)).toBe("\ufffd");
    expect(read(0x61, 0xed, 0xa0, 0x80, 0x62)).toBe("a\ufffdb");
    expect(read(0xed, 0xa0, 0x41)).toBe("\ufffdA");
    expect(read(0xf5, 0x80, 0x80, 0x80)).toBe("\ufffd\ufffd\ufffd\ufffd");
  });
});
