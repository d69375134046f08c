import { expect, test } from "vitest";
import { linesOf } from "../../src/command/line-splitter.ts";

async function split(...chunks: string[]): Promise<string[]> {
  const encoder = new TextEncoder();
  const decoder = new TextDecoder();
  async function* input() {
    for (const chunk of chunks) yield encoder.encode(chunk);
  }
  const lines: string[] = [];
  for await (const batch of linesOf(input())) lines.push(...batch.map((line) => decoder.decode(line)));
  return lines;
}

test("lines end at newlines, with or without a return, wherever chunks are cut", async () => {
  expect(await split("one\ntwo\r\nthr", "ee\n", "\n", "fo", "ur\r", "\nfive")).toEqual([
    "one",
    "two",
    "three",
    "",
    "four",
    "five",
  ]);
});

test("a newline at the very end makes no empty line", async () => {
  expect(await split("one\n")).toEqual(["one"]);
  expect(await split("")).toEqual([]);
});

test("a line that comes byte by byte is one line", async () => {
  const text = `${"x".repeat(1000)}\n`;
  expect(await split(...text)).toEqual(["x".repeat(1000)]);
});
