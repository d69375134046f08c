import * as zlib from "node:zlib";
import { constants, zstdCompressSync } from "node:zlib";
import { expect, test } from "vitest";
import { createRuntime } from "#adapter";
import { MissingCodecError } from "../../src/record/compression/missing-codec-error.ts";
import { differsAt, patternBytes, textBytes } from "../conformance/subject.ts";
import { expectSameOutcome, withoutLibraries } from "./codec-outcome.ts";

const lines: string[] = [];
const { compression } = createRuntime({ log: { write: (_level, text) => void lines.push(text) } });
const byNodeZlib = withoutLibraries((text) => lines.push(text));

const text = textBytes(Array.from({ length: 20_000 }, (_, index) => `${(index * 7919) % 1_009} and `).join(""));
/** Hard to compress, so that no frame is so small that the library is not asked. */
const mixed = new Uint8Array([...text.subarray(0, 60_000), ...patternBytes(40_000)]);

test("which one decompresses is said once, when it is first needed", () => {
  expect(lines).toEqual([]);
  for (const codecs of [compression, byNodeZlib, compression, byNodeZlib]) codecs.unzstd(frame(text), text.length);
  expect(lines).toEqual([
    expect.stringMatching(/^zstd: decompressed by (libzstd 1\.\d+\.\d+|node:zlib, because .+)$/),
    "zstd: decompressed by node:zlib, because it is not wanted",
  ]);
});

test("a node:zlib without zstd, as Node has before 22.15, is told of once, and refuses whatever is compressed so", () => {
  const told: string[] = [];
  const old = withoutLibraries(
    (line) => told.push(line),
    () => ({ ...zlib, zstdCompressSync: undefined }) as unknown as typeof zlib,
  );
  for (const call of [() => old.unzstd(frame(text), text.length), () => old.zstd(text), () => old.unzstd(text, 1)]) {
    expect(call).toThrow(MissingCodecError);
  }
  expect(told).toEqual(["zstd: batches are refused, because zstd needs Node 22.15 or newer"]);
});

test("frames of every kind have the content that node:zlib finds in them", () => {
  const wholes = [text, mixed, new Uint8Array(300_000), patternBytes(300_000), text.subarray(0, 2_000)];
  for (const whole of wholes) {
    for (const level of [-5, 3, 16]) sameOutcome(frame(whole, { [constants.ZSTD_c_compressionLevel]: level }));
    for (const flag of [constants.ZSTD_c_checksumFlag, constants.ZSTD_c_enableLongDistanceMatching]) {
      sameOutcome(frame(whole, { [flag]: 1 }));
    }
    for (const windowLog of [10, 17, 27]) {
      const params = { [constants.ZSTD_c_windowLog]: windowLog, [constants.ZSTD_c_contentSizeFlag]: 0 };
      sameOutcome(frame(whole, params));
    }
  }
});

test("more than is allowed is refused, and no more memory is taken for it", () => {
  for (const contentSizeFlag of [0, 1]) {
    const bomb = frame(new Uint8Array(50_000_000), { [constants.ZSTD_c_contentSizeFlag]: contentSizeFlag });
    expect(bomb.length).toBeGreaterThan(1_024);
    for (const maxBytes of [0, 1, 100_000, 49_999_999]) {
      expect(() => compression.unzstd(bomb, maxBytes)).toThrow(RangeError);
    }
    expect(compression.unzstd(bomb, 50_000_000).length).toBe(50_000_000);
  }
});

test("several frames, frames to skip, and what follows them are what they are to node:zlib", () => {
  const one = frame(mixed);
  const skipped = Uint8Array.of(0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3);
  const parts = [
    [one, one],
    [one, skipped],
    [skipped, one],
    [one, frame(new Uint8Array(0))],
    [one, text.subarray(0, 9)],
  ];
  for (const each of parts) sameOutcome(new Uint8Array(each.flatMap((bytes) => [...bytes])));
});

test("a header that lies, or asks for a dictionary or too large a window, ends as with node:zlib", () => {
  const declared = frame(mixed);
  const undeclared = frame(mixed, { [constants.ZSTD_c_contentSizeFlag]: 0 });
  // The descriptor, then the window, then the size of the content.
  for (let position = 4; position < 10; position++) {
    for (let value = 0; value < 256; value += position === 4 ? 3 : 23) {
      for (const whole of [declared, undeclared]) {
        const changed = whole.slice();
        changed[position] = value;
        sameOutcome(changed, 1_000_000);
      }
    }
  }
});

test("bytes that were changed, or cut off, end as with node:zlib", () => {
  const whole = frame(mixed, { [constants.ZSTD_c_checksumFlag]: 1 });
  for (let index = 0; index < 60; index++) {
    const position = (index * 7_919) % whole.length;
    const changed = whole.slice();
    changed[position]! ^= 1 << (index % 8);
    sameOutcome(changed, 1_000_000);
    sameOutcome(whole.subarray(0, position), 1_000_000);
  }
});

test("what was decompressed stays as it is until it is released, and its memory is used again then", () => {
  const sources = [text, mixed, patternBytes(100_000, 5)];
  const frames = sources.map((source) => frame(source));
  const kept = frames.map((bytes, index) => compression.unzstd(bytes, sources[index]!.length));
  for (const [index, bytes] of kept.entries()) expect(differsAt(bytes, sources[index]!)).toBeUndefined();
  for (const bytes of kept) {
    compression.release(bytes);
    compression.release(bytes);
  }
  const again = frames.map((bytes, index) => compression.unzstd(bytes, sources[index]!.length));
  for (const [index, bytes] of again.entries()) expect(differsAt(bytes, sources[index]!)).toBeUndefined();
  expect(new Set(again.map(({ buffer }) => buffer)).size).toBe(again.length);
  if (lines.some((line) => line.includes("libzstd"))) expect(again[0]!.buffer === kept[0]!.buffer).toBe(true);
});

function frame(source: Uint8Array, params: Record<number, number> = {}): Uint8Array {
  const bytes = zstdCompressSync(source, { params });
  return new Uint8Array(bytes);
}

/** With a limit that allows it, and with one that is too low. */
function sameOutcome(source: Uint8Array, ...limits: readonly number[]): void {
  for (const maxBytes of limits.length > 0 ? limits : [1_000_000, 50_000]) {
    expectSameOutcome(
      () => compression.unzstd(source, maxBytes),
      () => byNodeZlib.unzstd(source, maxBytes),
    );
  }
}
