import { compressFrameSync } from "lz4-napi";
import { expect, test } from "vitest";
import { createRuntime } from "#adapter";
import { differsAt, patternBytes, textBytes } from "../conformance/subject.ts";
import { expectSameOutcome, withoutLibraries } from "./codec-outcome.ts";

const lines: string[] = [];
const { compression } = createRuntime({ log: { write: (_level, text) => void lines.push(text) } });
const byPackage = withoutLibraries((text) => lines.push(text));

const text = textBytes(Array.from({ length: 40_000 }, (_, index) => `${(index * 7919) % 1_009} and `).join(""));
const mixed = new Uint8Array([...text.subarray(0, 60_000), ...patternBytes(100_000), ...text.subarray(0, 60_000)]);

test("which one decompresses is said once, when it is first needed", () => {
  expect(lines).toEqual([]);
  const frame = compression.lz4(text);
  for (const codecs of [compression, byPackage, compression, byPackage]) codecs.unlz4(frame, text.length);
  expect(lines).toEqual([
    expect.stringMatching(/^lz4: decompressed by (liblz4 1\.\d+\.\d+|the package lz4-napi, because .+)$/),
    "lz4: decompressed by the package lz4-napi, because it is not wanted",
  ]);
});

test("frames of small and of large blocks, stored or not, have the content that the package finds in them", () => {
  for (const source of [text, mixed, new Uint8Array(3_000_000), patternBytes(70_000), text.subarray(0, 2_000)]) {
    for (const frame of [compression.lz4(source), new Uint8Array(compressFrameSync(Buffer.from(source)))]) {
      const content = compression.unlz4(frame, source.length);
      expect(differsAt(content, source)).toBeUndefined();
      compression.release(content);
      for (const maxBytes of [0, 1, 1_000, 65_536, source.length - 1, source.length, 10_000_000]) {
        expectSameOutcome(
          () => compression.unlz4(frame, maxBytes),
          () => byPackage.unlz4(frame, maxBytes),
        );
      }
    }
  }
});

test("bytes that were changed, or cut off, never end better than with the package", () => {
  const frame = compression.lz4(mixed);
  for (let index = 0; index < 100; index++) {
    const position = 7 + ((index * 7_919) % (frame.length - 7));
    const changed = frame.slice();
    changed[position]! ^= 1 << (index % 8);
    expectSameOutcome(
      () => compression.unlz4(changed, 1_000_000),
      () => byPackage.unlz4(changed, 1_000_000),
    );
    expect(() => compression.unlz4(frame.subarray(0, position), 1_000_000)).toThrow();
  }
});

test("what was decompressed stays as it is until it is released, and its memory is used again then", () => {
  const frames = [text, mixed].map((source) => compression.lz4(source));
  const kept = frames.map((frame) => compression.unlz4(frame, 1_000_000));
  expect(differsAt(kept[0]!, text)).toBeUndefined();
  expect(differsAt(kept[1]!, mixed)).toBeUndefined();
  const { buffer } = kept[0]!;
  compression.release(kept[0]!);
  const again = compression.unlz4(frames[0]!, 1_000_000);
  expect(differsAt(again, text)).toBeUndefined();
  expect(differsAt(kept[1]!, mixed)).toBeUndefined();
  if (lines.some((line) => line.includes("liblz4"))) expect(again.buffer === buffer).toBe(true);
});
