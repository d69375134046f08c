import { describe, expect, test } from "vitest";
import { createRuntime } from "#adapter";
import { CompressionType, compress, decompress } from "../../src/record/compression/index.ts";

const { compression } = createRuntime();
const { gzip, snappy, lz4, zstd } = CompressionType;
const text = new TextEncoder().encode("to be or not to be, that is the question. ".repeat(4000));

describe.each(Object.entries({ gzip, snappy, lz4, zstd }))("%s", (_name, type) => {
  test("gives back what was compressed", () => {
    for (const source of [text, text.subarray(0, 1), new Uint8Array(0)]) {
      expect(decompress(type, compress(type, source, compression), source.length + 1, compression)).toEqual(source);
    }
  });

  test("stops at the limit", () => {
    const compressed = compress(type, text, compression);
    expect(decompress(type, compressed, text.length, compression)).toEqual(text);
    expect(() => decompress(type, compressed, text.length - 1, compression)).toThrow(RangeError);
  });

  test("refuses bytes that are something else, and bytes that are cut off", () => {
    expect(() => decompress(type, text.subarray(0, 100), text.length, compression)).toThrow();
    const compressed = compress(type, text, compression);
    for (const length of [compressed.length >> 1, compressed.length - 1, 12, 1, 0]) {
      expect(() => decompress(type, compressed.subarray(0, length), text.length, compression)).toThrow();
    }
  });
});

describe("snappy", () => {
  test("is written as the stream of snappy-java: a header, then blocks of at most 32 KiB of data", () => {
    const stream = compress(snappy, text, compression);
    expect([...stream.subarray(0, 16)]).toEqual([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1]);
    const firstBlockBytes = new DataView(stream.buffer).getInt32(16);
    const firstBlock = compression.unsnappy([stream.subarray(20, 20 + firstBlockBytes)], 1 << 20);
    expect(firstBlock).toEqual(text.subarray(0, 32 * 1024));
  });

  test("is read without framing too, as librdkafka and others send it", () => {
    expect(decompress(snappy, compression.snappy(text), text.length, compression)).toEqual(text);
  });

  test("a block size that lies is refused", () => {
    const stream = compress(snappy, text, compression).slice();
    for (const lie of [-1, stream.length, 0x7fff_ffff]) {
      new DataView(stream.buffer).setInt32(16, lie);
      expect(() => decompress(snappy, stream, text.length, compression)).toThrow(/block/);
    }
  });
});

describe("lz4", () => {
  test("is written as a frame of version 1 with independent blocks, the only kind Java reads", () => {
    const frame = compress(lz4, text, compression);
    expect([...frame.subarray(0, 4)]).toEqual([0x04, 0x22, 0x4d, 0x18]);
    expect(frame[4]! & 0xe0).toBe(0x60);
  });

  test("a frame with dependent blocks is refused", () => {
    const frame = compress(lz4, text, compression).slice();
    frame[4]! &= ~0x20;
    expect(() => decompress(lz4, frame, text.length, compression)).toThrow(/dependent/);
  });
});

describe("zstd", () => {
  test("is read from several frames, with a checksum or not", () => {
    const frame = compression.zstd(text);
    const skippable = new Uint8Array([0x55, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
    const frames = new Uint8Array([...frame, ...skippable]);
    expect(decompress(zstd, frames, text.length * 2, compression)).toEqual(text);
  });
});

test("a number that is no codec throws", () => {
  for (const type of [5, 6, 7]) {
    expect(() => compress(type, text, compression)).toThrow(/compression type/);
    expect(() => decompress(type, text, 1 << 20, compression)).toThrow(/compression type/);
  }
});
