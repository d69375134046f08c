import { describe, expect, test } from "vitest";
import type { SimulatedRuntime } from "../../adapters/simulator/index.ts";
import {
  change,
  content,
  filesOf,
  findingsOf,
  flipByte,
  logEndAfterStart,
  overwrite,
  severities,
  writeDataDirectory,
  wrong,
} from "./data-directory.ts";

describe("an index", () => {
  test.each([".index", ".timeindex"])("%s that is missing is built anew", async (suffix) => {
    const runtime = await writeDataDirectory("clean");
    const path = filesOf(runtime, suffix)[1]!;
    const before = content(runtime, path);
    runtime.files.remove(path);
    expect(wrong(findingsOf(runtime))).toMatchObject([{ severity: "repaired", path, problem: "is missing" }]);
    await logEndAfterStart(runtime);
    expect(content(runtime, path)).toEqual(before);
    expect(wrong(findingsOf(runtime))).toEqual([]);
  });

  test("that was cut inside an entry is built anew", async () => {
    const runtime = await writeDataDirectory("clean");
    const path = filesOf(runtime, ".index")[1]!;
    change(runtime, path, (file) => file.truncate(file.size() - 3));
    expect(wrong(findingsOf(runtime))).toMatchObject([
      { severity: "repaired", path, problem: expect.stringContaining("no whole entries of 8") },
    ]);
  });

  test.each([
    [".index", 7, /is said to be at position \d+, where (no batch starts|the batch ends with)/],
    [".index", 3, /is said to be at position|does not follow/],
    [".timeindex", 7, /is said to have the timestamp/],
    [".timeindex", 11, /no batch ends with offset|lies behind the last one/],
  ])(
    "%s with a wrong byte %i is told to be believed, and how to have it built anew",
    async (suffix, position, problem) => {
      const runtime = await writeDataDirectory("clean");
      const path = filesOf(runtime, suffix)[1]!;
      flipByte(runtime, path, position);
      const findings = wrong(findingsOf(runtime));
      expect(severities(findings)).toEqual(["damaged"]);
      expect(findings[0]).toMatchObject({
        path,
        problem: expect.stringMatching(problem),
        atStart: expect.stringContaining("Remove the file"),
      });
      runtime.files.remove(path);
      await logEndAfterStart(runtime);
      expect(wrong(findingsOf(runtime))).toEqual([]);
    },
  );

  test("whose entries do not ascend is told once", async () => {
    const runtime = await writeDataDirectory("clean");
    const path = filesOf(runtime, ".index")[1]!;
    const bytes = content(runtime, path);
    change(runtime, path, (file) => {
      file.write(bytes.subarray(8, 16), 0);
      file.write(bytes.subarray(0, 8), 8);
    });
    const findings = wrong(findingsOf(runtime));
    expect(findings.at(-1)!.problem).toMatch(/does not follow/);
  });

  test("of a segment that will be recovered is no harm", async () => {
    const runtime = await writeDataDirectory("kill");
    overwrite(runtime, "/data/recovery-point-offset-checkpoint", "0\n0\n");
    flipByte(runtime, filesOf(runtime, ".index")[1]!, 7);
    expect(severities(findingsOf(runtime))).toEqual(["repaired"]);
    await logEndAfterStart(runtime);
    expect(wrong(findingsOf(runtime))).toEqual([]);
  });
});

describe("the index of aborted transactions", () => {
  const indexOf = (runtime: SimulatedRuntime) => filesOf(runtime, ".txnindex")[0]!;

  test.each([
    ["another producer", 9, /offset 41 is said to abort a transaction of producer \d+: no such marker is there/],
    ["another first offset", 17, /began at 40 and left 42 stable, the entry says 0 and 42/],
    ["another marker", 25, /aborted at offset 41 is not in it/],
    ["another stable offset", 33, /left 42 stable, the entry says 40 and \d+/],
  ])("with %s does not fit", async (_, position, problem) => {
    const runtime = await writeDataDirectory("clean");
    const path = indexOf(runtime);
    change(runtime, path, (file) => file.write(new Uint8Array([position === 25 ? 43 : 0]), position));
    const findings = wrong(findingsOf(runtime));
    expect(findings[0]).toMatchObject({ severity: "damaged", path, problem: expect.stringMatching(problem) });
  });

  test("is missed, but not in a partition that is compacted", async () => {
    const runtime = await writeDataDirectory("clean");
    runtime.files.remove(indexOf(runtime));
    expect(wrong(findingsOf(runtime))).toMatchObject([
      { offset: 41, problem: "the transaction of producer 9 that was aborted at offset 41 is not in it" },
    ]);
    overwrite(runtime, "/data/cleaner-offset-checkpoint", "0\n1\norders 0 10\n");
    expect(wrong(findingsOf(runtime))).toEqual([]);
  });
});
