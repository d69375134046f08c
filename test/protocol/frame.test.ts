import { describe, expect, test } from "vitest";
import { FrameSplitter } from "../../src/protocol/frame.ts";
import { ProtocolError } from "../../src/protocol/protocol-error.ts";

function frame(...body: number[]): number[] {
  return [0, 0, body.length >> 8, body.length & 0xff, ...body];
}

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
