import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createRuntime } from "#adapter";
import { testDirectory } from "../test-directory.ts";

const { files } = createRuntime();
/** An adapter may have a faster way for those who list many. */
const listings = 40;

test("a directory is listed the same however often: links by what they lead to, more names than one read brings", () => {
  const directory = testDirectory("listing");
  mkdirSync(join(directory, "topic-0"));
  writeFileSync(join(directory, "file"), "");
  symlinkSync("topic-0", join(directory, "link-to-directory"));
  symlinkSync("file", join(directory, "link-to-file"));
  symlinkSync("nothing", join(directory, "link-to-nothing"));
  const many = Array.from({ length: 300 }, (_, index) => `${index}-é${"x".repeat(200)}`);
  for (const name of many) writeFileSync(join(directory, name), "");
  const expected = new Map([
    ["topic-0", "directory"],
    ["file", "file"],
    ["link-to-directory", "directory"],
    ["link-to-file", "file"],
    ["link-to-nothing", "other"],
    ...many.map((name) => [name, "file"] as const),
  ]);
  for (let listing = 0; listing < listings; listing++) {
    const entries = files.list(directory);
    expect(entries.length).toBe(expected.size);
    expect(new Map(entries.map(({ name, kind }) => [name, kind]))).toEqual(expected);
  }
  expect(() => files.list(join(directory, "none"))).toThrow(expect.objectContaining({ code: "ENOENT" }));
  expect(() => files.list(join(directory, "file"))).toThrow(expect.objectContaining({ code: "ENOTDIR" }));
});
