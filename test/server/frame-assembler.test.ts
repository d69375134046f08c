import { describe, expect, test } from "vitest";
import { FrameAssembler, InvalidFrameError } from "../../src/server/frame-assembler.ts";
import { FramePool } from "../../src/server/frame-pool.ts";

const MAX_BYTES = 8 * 1024 * 1024;

type OnFrame = (frame: Uint8Array) => void;

function assembler(onFrame: OnFrame = () => {}, pool = new FramePool(0), admitFrame = () => true) {
  return new FrameAssembler(MAX_BYTES, pool, { admitFrame, frameReceived: onFrame });
}

function framed(...payloads: Uint8Array[]): Uint8Array {
  const bytes: number[] = [];
  for (const payload of payloads) {
    const prefix = new Uint8Array(4);
    new DataView(prefix.buffer).setInt32(0, payload.length);
    bytes.push(...prefix, ...payload);
  }
  return Uint8Array.from(bytes);
}

function pattern(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index * 31 + (index >> 8)) & 0xff);
}

describe("FrameAssembler", () => {
  test("gives several frames of one chunk in order, the empty one too", () => {
    const frames: string[] = [];
    const chunk = framed(pattern(3), new Uint8Array(0), pattern(5));
    expect(assembler((frame) => frames.push(frame.join())).push(chunk)).toBe(chunk.length);
    expect(frames).toEqual(["0,31,62", "", "0,31,62,93,124"]);
  });

  test("gives the same frames however the stream is cut", () => {
    const payloads = [pattern(1), pattern(1000), pattern(4), pattern(70_000)];
    const stream = framed(...payloads);
    for (const step of [1, 3, 7, 1021, 65_536]) {
      const frames: Uint8Array[] = [];
      const parts = assembler((frame) => frames.push(frame.slice()));
      for (let at = 0; at < stream.length; at += step) parts.push(stream.slice(at, at + step));
      expect(frames).toEqual(payloads);
      expect(parts.partialFrameBytes).toBe(0);
    }
  });

  test("does not keep the bytes it was lent", () => {
    const chunk = framed(pattern(10));
    let kept: Uint8Array | undefined;
    assembler((frame) => {
      kept = frame;
    }).push(chunk);
    chunk.fill(0xee);
    expect(kept).toEqual(pattern(10));
  });

  test("reserves what has arrived, not what is declared", () => {
    const taken: number[] = [];
    class Watched extends FramePool {
      override take(sizeBytes: number) {
        taken.push(sizeBytes);
        return super.take(sizeBytes);
      }
    }
    const prefix = new Uint8Array(4);
    new DataView(prefix.buffer).setInt32(0, MAX_BYTES);
    const parts = assembler(undefined, new Watched(0));
    parts.push(prefix);
    parts.push(pattern(100));
    expect(Math.max(...taken)).toBeLessThanOrEqual(64 * 1024);
  });

  test("takes nothing of a frame that is not admitted until the rest is pushed again", () => {
    const frames: string[] = [];
    const asked: number[] = [];
    const refusing = (size: number) => asked.push(size) !== 2;
    const parts = assembler((frame) => frames.push(frame.join()), undefined, refusing as () => boolean);
    const chunk = framed(pattern(2), pattern(3), pattern(1));
    const takenBytes = parts.push(chunk);
    expect([takenBytes, frames, parts.partialFrameBytes]).toEqual([10, ["0,31"], 3]);
    expect(parts.push(chunk.subarray(takenBytes))).toBe(8);
    expect([frames, asked]).toEqual([
      ["0,31", "0,31,62", "0"],
      [2, 3, 1],
    ]);
  });

  test.each([
    ["a negative length", Uint8Array.of(0xff, 0xff, 0xff, 0xff), /negative frame length -1/],
    ["a length over the limit", Uint8Array.of(0, 0x80, 0, 1), /larger than socket\.request\.max\.bytes=8388608/],
    ["an HTTP request", new TextEncoder().encode("GET / HTTP/1.1\r\n"), /speaks HTTP/],
    ["a TLS handshake", Uint8Array.of(0x16, 0x03, 0x01, 0x02, 0x00), /TLS handshake/],
  ])("refuses %s by name", (_, bytes, message) => {
    expect(() => assembler().push(bytes)).toThrow(InvalidFrameError);
    expect(() => assembler().push(bytes)).toThrow(message);
  });
});

describe("FramePool", () => {
  test("gives a returned buffer out again and keeps no more than its limit", () => {
    const pool = new FramePool(128 * 1024);
    const first = pool.take(100_000);
    expect(first.length).toBeGreaterThanOrEqual(100_000);
    pool.give(first);
    expect(pool.take(100_000)).toBe(first);
    const large = pool.take(1_000_000);
    pool.give(large);
    expect(pool.take(1_000_000)).not.toBe(large);
  });
});
