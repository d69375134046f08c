import { describe, expect, test } from "vitest";
import { FrameSplitter } from "../../src/protocol/frame.ts";
import { ProtocolError } from "../../src/protocol/protocol-error.ts";

function frame(...body: number[]): number[] {
  return [0, 0, body.length >> 8, body.length & 0xff, ...body];
}

/** A frame of so many bytes, with its length in front. */
function largeFrame(length: number, value: number): Uint8Array {
  const bytes = new Uint8Array(4 + length).fill(value, 4);
  new DataView(bytes.buffer).setInt32(0, length);
  return bytes;
}

test("memory that was given back is that of a later large frame, and of no other", () => {
  const splitter = new FrameSplitter(1_000_000);
  const taken = (bytes: Uint8Array) => {
    let found = new Uint8Array(0);
    for (let at = 0; at < bytes.length; at += 65_536) {
      splitter.push(bytes.subarray(at, at + 65_536), (each) => {
        found = each as Uint8Array<ArrayBuffer>;
      });
    }
    return found;
  };
  const first = taken(largeFrame(300_000, 1));
  splitter.giveBack(first);
  const small = taken(largeFrame(1_000, 2));
  const second = taken(largeFrame(200_000, 3));
  const third = taken(largeFrame(200_000, 4));
  expect(small.buffer).not.toBe(first.buffer);
  expect(second.buffer).toBe(first.buffer);
  expect(second).toEqual(new Uint8Array(200_000).fill(3));
  expect(third.buffer).not.toBe(first.buffer);
  expect(third).toEqual(new Uint8Array(200_000).fill(4));
  splitter.giveBack(second);
  expect(taken(largeFrame(400_000, 5))).toEqual(new Uint8Array(400_000).fill(5));
});

describe("a stream", () => {
  const stream = Uint8Array.from([...frame(1, 2, 3), ...frame(), ...frame(4), ...frame(...new Array(300).fill(7))]);
  const frames = [Uint8Array.of(1, 2, 3), Uint8Array.of(), Uint8Array.of(4), new Uint8Array(300).fill(7)];

  test.each([1, 2, 3, 5, 64, 1000])("in chunks of %d bytes gives the same frames", (size) => {
    const splitter = new FrameSplitter(1000);
    const found: Uint8Array[] = [];
    for (let at = 0; at < stream.length; at += size) {
      const chunk = stream.slice(at, at + size);
      splitter.push(chunk, (each) => found.push(each));
      chunk.fill(0xee);
    }
    expect(found).toEqual(frames);
  });

  test("with a negative length is refused", () => {
    expect(() => new FrameSplitter(1000).push(Uint8Array.of(0xff, 0xff, 0xff, 0xff), () => {})).toThrow(ProtocolError);
  });

  test("with a frame that is too large is refused before any of it arrives", () => {
    expect(() => new FrameSplitter(1000).push(Uint8Array.of(0, 0, 4, 0), () => {})).toThrow("1024");
  });

  test("costs memory for what has arrived, not for what was announced", () => {
    const splitters = Array.from({ length: 10_000 }, () => new FrameSplitter(100_000_000));
    // 10,000 announcements of 100 MB would be a terabyte.
    for (const splitter of splitters) splitter.push(Uint8Array.of(0x05, 0xf5, 0xe1, 0x00, 1), () => expect.fail());
    expect(splitters).toHaveLength(10_000);
  });
});
