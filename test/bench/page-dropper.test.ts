import { writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { expect, test } from "vitest";
import { dropPages, PageDropper } from "../../bench/load/page-dropper.ts";
import { testDirectory } from "../test-directory.ts";

function logOf(sizes: readonly number[]): string {
  const directory = testDirectory("pages");
  let offset = 0;
  for (const size of sizes) {
    const name = String(offset).padStart(20, "0");
    writeFileSync(join(directory, `${name}.log`), Buffer.alloc(size));
    writeFileSync(join(directory, `${name}.index`), "");
    offset += size;
  }
  return directory;
}

test("a segment is dropped when the reader is past its end, again in each round", async () => {
  const dropped: string[] = [];
  const dropper = new PageDropper(logOf([100, 50, 30]), (path) => {
    dropped.push(basename(path));
    return Promise.resolve();
  });
  const [first, second, third] = [0, 100, 150].map((offset) => `${String(offset).padStart(20, "0")}.log`);
  dropper.advance(99);
  expect(dropped).toEqual([]);
  dropper.advance(1);
  expect(dropped).toEqual([first]);
  dropper.advance(79);
  expect(dropped).toEqual([first, second]);
  dropper.advance(1);
  expect(dropped).toEqual([first, second, third]);
  dropper.advance(160);
  expect(dropped).toEqual([first, second, third, first, second]);
  await dropper.finish();
});

test("what could not be dropped fails the load, with the reason and the file", async () => {
  const directory = logOf([10]);
  await dropPages(join(directory, `${"0".repeat(20)}.log`));
  await expect(dropPages(join(directory, "none", "there.log"))).rejects.toThrow(
    /could not drop the pages of .*there\.log/,
  );
  const dropper = new PageDropper(directory, () => Promise.reject(new Error("no")));
  dropper.advance(10);
  await expect(dropper.finish()).rejects.toThrow("no");
});
