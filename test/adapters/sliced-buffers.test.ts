import { expect, test } from "vitest";
import { SlicedBuffers } from "../../adapters/deno/sliced-buffers.ts";

test("buffers that are lent out do not overlap, and come out of a few large ones", () => {
  const buffers = new SlicedBuffers(1024);
  const lent = Array.from({ length: 3_000 }, () => buffers.take());
  lent.forEach((buffer, index) => void buffer.fill(index % 251));
  lent.forEach((buffer, index) => {
    expect(buffer.length).toBe(1024);
    expect(buffer.every((byte) => byte === index % 251)).toBe(true);
  });
  expect(new Set(lent.map(({ buffer }) => buffer)).size).toBe(3);
});

test("a buffer that came back is lent out before another one is cut", () => {
  const buffers = new SlicedBuffers(1024);
  const [first, second] = [buffers.take(), buffers.take()];
  buffers.give(first);
  expect(buffers.take()).toBe(first);
  buffers.give(second);
  buffers.give(first);
  expect([buffers.take(), buffers.take()]).toEqual([first, second]);
});
