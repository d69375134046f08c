import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { difference, lineMultiset } from "./line-multiset.ts";

test("a multiset knows order does not matter and number does", () => {
  const directory = mkdtempSync(join(tmpdir(), "polylog-multiset-"));
  const file = (name: string, text: string) => {
    writeFileSync(join(directory, name), text);
    return join(directory, name);
  };
  try {
    const whole = lineMultiset([file("whole", "a\nb\nb\n\nc\n")], 5);
    expect(whole.length).toBe(5);
    expect(difference(whole, lineMultiset([file("one", "c\nb\n"), file("two", "\nb\na\n")], 1))).toEqual([]);
    expect(difference(whole, lineMultiset([file("less", "a\nb\n\nc\n")], 4))).toHaveLength(1);
    expect(difference(whole, lineMultiset([file("more", "a\nb\nb\nb\n\nc\n")], 4))).toHaveLength(1);
    expect(difference(whole, lineMultiset([file("other", "a\nb\nB\n\nc\n")], 4))).toHaveLength(2);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
