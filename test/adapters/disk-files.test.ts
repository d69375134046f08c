import { join } from "node:path";
import { expect, test } from "vitest";
import { createDiskFiles } from "../../adapters/shared/files/disk-files.ts";
import { testDirectory } from "../test-directory.ts";

const files = createDiskFiles(() => undefined);

test.runIf(process.platform === "linux")(
  "a file system that takes no directories refuses one, and its children",
  () => {
    expect(() => files.makeDirectory("/proc/polylog")).toThrow("/proc/polylog");
    expect(() => files.makeDirectory("/proc/polylog/data")).toThrow("/proc/polylog");
  },
);

test("a directory is made below others that are missing, and not below a file", () => {
  const directory = testDirectory("disk-files");
  files.makeDirectory(join(directory, "a/b/c/"));
  expect(files.stat(join(directory, "a/b/c"))?.kind).toBe("directory");
  files.open(join(directory, "a/file"), "create").close();
  expect(() => files.makeDirectory(join(directory, "a/file/d"))).toThrow("ENOTDIR");
  expect(() => files.makeDirectory("/")).not.toThrow();
});
