import { describe, expect, test } from "vitest";
import type { SimulatedRuntime } from "../../adapters/simulator/index.ts";
import { DataDirectoryCheck } from "../../src/inspection/data-directory-check.ts";
import * as RecordBatch from "../../src/record/record-batch.ts";
import { readAll } from "../log/log-fixture.ts";
import {
  change,
  content,
  filesOf,
  findingsOf,
  flipByte,
  loadManager,
  logEndAfterStart,
  overwrite,
  PARTITION,
  RECORDS,
  writeDataDirectory,
  wrong,
} from "./data-directory.ts";

const segment = (runtime: SimulatedRuntime, number: number) => filesOf(runtime, ".log").at(number)!;

/** Changes the inside of the first batch of a file and makes its checksum right again. */
function changeBatch(runtime: SimulatedRuntime, path: string, action: (bytes: Uint8Array) => void): void {
  const bytes = content(runtime, path);
  action(bytes);
  RecordBatch.writeChecksum(bytes, 0, runtime.checksums);
  change(runtime, path, (file) => file.write(bytes, 0));
}

describe("nothing is wrong with a directory", () => {
  test.each(["clean", "kill"] as const)("after a %s", async (stop) => {
    const runtime = await writeDataDirectory(stop);
    expect(filesOf(runtime, ".log").length).toBeGreaterThan(4);
    expect(findingsOf(runtime)).toEqual([]);
  });

  test("that is one partition's", async () => {
    const runtime = await writeDataDirectory("clean");
    expect(findingsOf(runtime, PARTITION)).toEqual([]);
    expect(findingsOf(runtime, `${PARTITION}/`)).toEqual([]);
  });

  test("that has been looked through: not a byte of it is changed", async () => {
    const runtime = await writeDataDirectory("kill");
    const before = filesOf(runtime, "").map((path) => content(runtime, path));
    findingsOf(runtime);
    expect(filesOf(runtime, "").map((path) => content(runtime, path))).toEqual(before);
    expect(runtime.files.list("/data").map(({ name }) => name)).toContain(".lock");
  });
});

describe("what a kill leaves is only noted", () => {
  test.each([
    ["00000000000000000009.log.deleted", "waits for its removal"],
    ["00000000000000000009.index.cleaned", "unfinished work of the cleaner"],
    ["leader-epoch-checkpoint.tmp", "a new version of a small file"],
    ["notes.txt", "is no file of a log"],
  ])("%s", async (name, problem) => {
    const runtime = await writeDataDirectory("kill");
    overwrite(runtime, `${PARTITION}/${name}`, "x");
    const findings = findingsOf(runtime);
    expect(wrong(findings)).toEqual([]);
    expect(findings).toMatchObject([
      { severity: "note", path: `${PARTITION}/${name}`, problem: expect.stringContaining(problem) },
    ]);
  });

  test.each([
    ["orders-1.0123456789abcdef0123456789abcdef-delete", "waits for its removal"],
    ["orders-1.0123456789abcdef0123456789abcdef-stray", "not this broker's any more"],
    ["backup", "no part of a log directory"],
  ])("the directory %s", async (name, problem) => {
    const runtime = await writeDataDirectory("kill");
    runtime.files.makeDirectory(`/data/${name}`);
    expect(findingsOf(runtime)).toMatchObject([{ severity: "note", problem: expect.stringContaining(problem) }]);
  });
});

describe("a segment", () => {
  test("with a changed byte is cut off there after a kill, and its successors go", async () => {
    const runtime = await writeDataDirectory("kill");
    overwrite(runtime, "/data/recovery-point-offset-checkpoint", "0\n0\n");
    flipByte(runtime, segment(runtime, 1), 80);
    const [finding] = findingsOf(runtime);
    expect(finding).toMatchObject({
      severity: "damaged",
      problem: "the checksum of the batch does not match its bytes",
    });
    expect(finding!.atStart).toMatch(
      /^the log is cut off at offset \d+: \d+ bytes are removed, and so are \d+ later segments$/,
    );
    expect(await logEndAfterStart(runtime)).toBe(finding!.offset);
  });

  test("with a changed byte stays as it is after a clean stop, and consumers fail there", async () => {
    const runtime = await writeDataDirectory("clean");
    flipByte(runtime, segment(runtime, 1), 80);
    const [finding, ...others] = findingsOf(runtime);
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ severity: "damaged", atStart: expect.stringContaining("it is not read again") });
    const manager = await loadManager(runtime);
    const log = manager.get("orders", 0)!;
    expect(log.logEndOffset).toBe(RECORDS);
    expect(() => readAll(log, finding!.offset, 1_000)).toThrow();
    manager.kill();
  });

  test.each([
    ["cut short", (length: number) => length - 5, undefined, "unfinished batch"],
    ["followed by zeros", (length: number) => length, new Uint8Array(300), "300 zero bytes at the end"],
    [
      "followed by the head of a batch",
      (length: number) => length,
      new Uint8Array([0, 0, 0, 0, 0, 0, 0, 99, 0, 0, 1]),
      "unfinished batch",
    ],
  ])("that is the last one, %s, is repaired after a kill", async (_, cut, tail, problem) => {
    const runtime = await writeDataDirectory("kill");
    const path = segment(runtime, -1);
    change(runtime, path, (file) => {
      const end = cut(file.size());
      file.truncate(end);
      if (tail !== undefined) file.write(tail, end);
    });
    overwrite(runtime, "/data/recovery-point-offset-checkpoint", "0\n0\n");
    const [finding] = findingsOf(runtime);
    expect(finding).toMatchObject({ severity: "repaired", path, problem: expect.stringContaining(problem) });
    expect(await logEndAfterStart(runtime)).toBe(finding!.offset);
    expect(wrong(findingsOf(runtime))).toEqual([]);
  });

  test("of which most is zeros, as it was preallocated, is looked through in turns", async () => {
    const runtime = await writeDataDirectory("kill");
    const path = segment(runtime, -1);
    change(runtime, path, (file) => file.write(new Uint8Array(1), file.size() + 50_000_000));
    overwrite(runtime, "/data/recovery-point-offset-checkpoint", "0\n0\n");
    const check = new DataDirectoryCheck(runtime, "/data", () => false);
    let [turns, zeros] = [0, 0];
    for (const finding of check.run()) {
      if (finding === undefined) turns++;
      else if (finding.problem.includes("zero bytes at the end")) zeros++;
    }
    expect(zeros).toBe(1);
    expect(turns).toBeGreaterThan(40);
    expect(check.progress.bytes).toBe(check.progress.totalBytes);
  });

  test("with garbage at its end is cut off before that", async () => {
    const runtime = await writeDataDirectory("kill");
    const path = segment(runtime, -1);
    change(runtime, path, (file) => file.write(new Uint8Array(400).fill(0x7f), file.size()));
    const [finding] = findingsOf(runtime);
    expect(finding).toMatchObject({ path, offset: RECORDS });
    expect(await logEndAfterStart(runtime)).toBe(RECORDS);
  });

  test("of an old format makes the directory unusable", async () => {
    const runtime = await writeDataDirectory("kill");
    overwrite(runtime, "/data/recovery-point-offset-checkpoint", "0\n0\n");
    // Of magic 1, with the value "value".
    const message = "00000000000000000000001ba584f50801000000018bcfe56800ffffffff0000000576616c7565";
    const bytes = Uint8Array.from(message.match(/../g)!, (byte) => Number.parseInt(byte, 16));
    change(runtime, segment(runtime, 0), (file) => file.write(bytes, 0));
    expect(findingsOf(runtime)).toContainEqual(
      expect.objectContaining({ severity: "refused", problem: expect.stringContaining("old format") }),
    );
    expect(await logEndAfterStart(runtime)).toBeUndefined();
  });

  test.each([
    [
      "a record that claims another offset",
      (bytes: Uint8Array) => {
        bytes[65] = 8;
      },
      "the offset delta 4",
    ],
    [
      "a wrong number of records",
      (bytes: Uint8Array) => {
        bytes[60] = 0;
      },
      "has some bytes of them",
    ],
    [
      "another largest timestamp",
      (bytes: Uint8Array) => {
        bytes[42]!++;
      },
      "the largest timestamp",
    ],
  ])("with %s is damaged although its checksum is right", async (_, action, problem) => {
    const runtime = await writeDataDirectory("clean");
    const path = segment(runtime, 0);
    // The first batch is compressed, the second is not.
    const bytes = content(runtime, path);
    const second = RecordBatch.sizeInBytes(bytes, 0);
    const batch = bytes.slice(second);
    action(batch);
    RecordBatch.writeChecksum(batch, 0, runtime.checksums);
    change(runtime, path, (file) => file.write(batch, second));
    expect(wrong(findingsOf(runtime))).toContainEqual(
      expect.objectContaining({
        severity: "damaged",
        path,
        position: second,
        problem: expect.stringMatching(new RegExp(problem, "i")),
        atStart: expect.stringContaining("nobody looks into batches"),
      }),
    );
  });

  test("with compressed data that is none is damaged although its checksum is right", async () => {
    const runtime = await writeDataDirectory("clean");
    changeBatch(runtime, segment(runtime, 0), (bytes) => bytes.fill(0xff, 61, 70));
    expect(wrong(findingsOf(runtime))).toMatchObject([
      { severity: "damaged", problem: expect.stringContaining("gzip data can't be decompressed") },
    ]);
  });

  test("that is missing in the middle is missed", async () => {
    const runtime = await writeDataDirectory("clean");
    const [gone, next] = [segment(runtime, 1), segment(runtime, 2)];
    for (const suffix of [".log", ".index", ".timeindex", ".snapshot"])
      runtime.files.remove(gone.replace(/\.log$/, suffix));
    const first = Number.parseInt(gone.slice(PARTITION.length + 1), 10);
    const end = Number.parseInt(next.slice(PARTITION.length + 1), 10);
    expect(wrong(findingsOf(runtime))).toMatchObject([
      { severity: "damaged", path: next, problem: `offsets ${first} to ${end - 1} are missing before it` },
    ]);
    overwrite(runtime, "/data/cleaner-offset-checkpoint", "0\n1\norders 0 10\n");
    expect(wrong(findingsOf(runtime))).toEqual([]);
  });

  test("that is missing at the end is missed by the checkpoints", async () => {
    const runtime = await writeDataDirectory("clean");
    runtime.files.remove(segment(runtime, -1));
    const findings = wrong(findingsOf(runtime));
    expect(findings).toContainEqual(
      expect.objectContaining({
        severity: "damaged",
        problem: expect.stringContaining(`was on the disk up to ${RECORDS}`),
      }),
    );
    expect(findings.filter(({ problem }) => problem === "belongs to a segment that is not there").length).toBe(2);
    const end = /ends at offset (\d+)/.exec(findings.map(({ problem }) => problem).join())![1];
    expect(await logEndAfterStart(runtime)).toBe(Number(end));
  });

  test("that is there twice is told", async () => {
    const runtime = await writeDataDirectory("clean");
    const copy = `${PARTITION}/${"1".padStart(20, "0")}`;
    change(runtime, `${copy}.log`, (file) => file.write(content(runtime, segment(runtime, 0)), 0));
    expect(wrong(findingsOf(runtime))).toContainEqual(
      expect.objectContaining({
        severity: "damaged",
        problem: expect.stringMatching(/the next segment begins at 1/),
      }),
    );
  });
});

test("a batch whose offsets reach into the next segment is told, although its checksum is right", async () => {
  const runtime = await writeDataDirectory("clean");
  const path = segment(runtime, 1);
  flipByte(runtime, path, 6);
  expect(wrong(findingsOf(runtime))).toContainEqual(
    expect.objectContaining({
      severity: "damaged",
      path,
      problem: expect.stringContaining("the next segment begins at"),
    }),
  );
});

describe("a small file", () => {
  test.each([
    [`${PARTITION}/leader-epoch-checkpoint`, "repaired", "the partition is read from end to end"],
    [`${PARTITION}/partition.metadata`, "refused", "the log directory is put out of use"],
    ["/data/recovery-point-offset-checkpoint", "repaired", "it is taken as empty"],
    ["/data/replication-offset-checkpoint", "repaired", "it is taken as empty"],
    ["/data/log-start-offset-checkpoint", "repaired", "it is taken as empty"],
    ["/data/meta.properties", "refused", "the node does not start"],
  ])("%s of garbage: %s", async (path, severity, atStart) => {
    const runtime = await writeDataDirectory("clean");
    overwrite(runtime, path, "gar\u0000bage\n");
    expect(wrong(findingsOf(runtime))).toMatchObject([{ severity, path, atStart: expect.stringContaining(atStart) }]);
    if (path.startsWith(PARTITION) && severity === "refused") expect(await logEndAfterStart(runtime)).toBeUndefined();
    else if (severity === "repaired") expect(await logEndAfterStart(runtime)).toBe(RECORDS);
  });

  test("of producers with a wrong checksum is passed over for an older one", async () => {
    const runtime = await writeDataDirectory("clean");
    const path = filesOf(runtime, ".snapshot").at(-1)!;
    flipByte(runtime, path, 20);
    expect(wrong(findingsOf(runtime))).toMatchObject([{ severity: "repaired", path }]);
    expect(await logEndAfterStart(runtime)).toBe(RECORDS);
  });

  test("of leader epochs that does not fit to the batches is damage that nobody notices", async () => {
    const runtime = await writeDataDirectory("clean");
    overwrite(runtime, `${PARTITION}/leader-epoch-checkpoint`, "0\n2\n3 0\n4 31\n");
    expect(wrong(findingsOf(runtime))).toMatchObject([
      { severity: "damaged", offset: 25, problem: "offset 25 was written in epoch 4, the checkpoint says 3" },
    ]);
  });
});

test("of a file with very many problems the first ones are told, and how many there are", async () => {
  const runtime = await writeDataDirectory("clean");
  const path = filesOf(runtime, ".log")[0]!;
  const bytes = content(runtime, path);
  const many: Uint8Array[] = [];
  for (let index = 0; index < 60; index++) many.push(bytes.subarray(0, RecordBatch.sizeInBytes(bytes, 0)));
  change(runtime, path, (file) => file.write(Uint8Array.from(many.flatMap((part) => [...part])), 0));
  const findings = findingsOf(runtime).filter((finding) => finding.path === path);
  expect(findings.length).toBe(21);
  expect(findings.at(-1)!.problem).toBe("39 more problems of this file are not shown");
});

test("a path that is no directory is refused by name", async () => {
  const runtime = await writeDataDirectory("clean");
  expect(() => findingsOf(runtime, "/nowhere")).toThrow("/nowhere: no such directory");
  expect(() => findingsOf(runtime, "/data/meta.properties")).toThrow("/data/meta.properties: is no directory");
});
