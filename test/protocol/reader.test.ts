import { describe, expect, test } from "vitest";
import { ProtocolError } from "../../src/protocol/protocol-error.ts";
import { Reader } from "../../src/protocol/reader.ts";

const reader = (...bytes: number[]) => new Reader(Uint8Array.from(bytes));

describe("a reader", () => {
  test.each([
    [[0], 0],
    [[0x7f], 127],
    [[0x80, 0x01], 128],
    [[0xff, 0xff, 0x03], 65_535],
    [[0xff, 0xff, 0xff, 0xff, 0x0f], 4_294_967_295],
  ])("reads the varint %j as %d", (bytes, value) => {
    expect(reader(...bytes).unsignedVarint()).toBe(value);
  });

  test.each([[[0xff, 0xff, 0xff, 0xff, 0x1f]], [[0x80, 0x80, 0x80, 0x80, 0x80, 0x01]], [[0x80]], [[]]])(
    "refuses the varint %j",
    (bytes) => {
      expect(() => reader(...bytes).unsignedVarint()).toThrow(ProtocolError);
    },
  );

  test("never reads beyond the end", () => {
    expect(() => reader(1, 2, 3).int32()).toThrow("4 bytes expected at byte 0, but only 3 remain");
    expect(() => reader(0, 5, 0x61).plainString("name")).toThrow(ProtocolError);
    expect(() => reader(0x7f, 0xff, 0xff, 0xff, 1).plainBytes("data")).toThrow("data has 2147483647 bytes");
  });

  test("reads a slice of a larger buffer and no byte of the rest", () => {
    const frame = Uint8Array.of(9, 9, 0, 1, 0x61, 9).subarray(2, 5);
    const slice = new Reader(frame);
    expect(slice.plainString("name")).toBe("a");
    expect(() => slice.int8()).toThrow(ProtocolError);
  });

  test("refuses an array whose elements can't fit into what remains", () => {
    expect(reader(0, 0, 0, 2, 1, 2, 3, 4).arrayLength(2, 0, "items")).toBe(2);
    expect(() => reader(0, 0, 0, 3, 1, 2, 3, 4).arrayLength(2, 0, "items")).toThrow(
      "items has 3 elements, but only 4 bytes remain",
    );
    expect(() => reader(0xff, 0xff, 0xff, 0xff, 0x0f, 1).compactArrayLength(1, 0, "items")).toThrow(ProtocolError);
  });

  test("refuses what would occupy far more memory than the message", () => {
    const bytes = new Uint8Array(4_000_004);
    new DataView(bytes.buffer).setInt32(0, 2_000_000);
    expect(new Reader(bytes).arrayLength(2, 20, "items")).toBe(2_000_000);
    expect(() => new Reader(bytes).arrayLength(2, 40, "items")).toThrow("16 times");
  });
});
