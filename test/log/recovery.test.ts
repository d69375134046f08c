import { describe, expect, test } from "vitest";
import type { SimulatedRuntime } from "../../adapters/simulator/index.ts";
import type { FileSystem } from "../../src/runtime.ts";
import { append, batch, createLog, loadLog, START_MS, settled, simulate } from "./log-fixture.ts";

import { change, config, content, directory, expected, filledLog, firstSegment, trimmed } from "./recovery-fixture.ts";

function names(runtime: SimulatedRuntime): string[] {
  return runtime.files
    .list(directory)
    .map(({ name }) => name)
    .sort();
}

describe("after a kill", () => {
  test("every record is there, the indexes are those of a clean stop, and producers are known", async () => {
    const clean = simulate();
    await settled(clean, filledLog(clean).close());

    const runtime = simulate();
    filledLog(runtime).closeHandlers();
    const log = await loadLog(runtime, { config, hadCleanShutdown: false, recoveryPoint: 0 });
    expect(trimmed(log)).toEqual(expected(50));
    const again = append(log, ["x"], { producerId: 7, producerEpoch: 0, baseSequence: 49, timestamp: START_MS + 49 });
    expect(again).toMatchObject({ duplicate: true, firstOffset: 49 });
    expect(append(log, ["50"], { producerId: 7, producerEpoch: 0, baseSequence: 50 }).firstOffset).toBe(50);
    log.truncateTo(50);
    await settled(runtime, log.close());
    for (const name of names(clean)) {
      if (!/\.(index|timeindex|log)$/.test(name)) continue;
      expect(content(runtime, `${directory}/${name}`), name).toEqual(content(clean, `${directory}/${name}`));
    }
  });

  test("a torn tail of any length is cut off", async () => {
    const size = batch(["x".repeat(80)], { timestamp: START_MS }).length;
    for (const torn of [1, 11, 16, 60, size - 1]) {
      const runtime = simulate();
      const log = filledLog(runtime, 5);
      log.closeHandlers();
      change(runtime, `${firstSegment}.log`, (file) => file.truncate(file.size() - size + torn));
      const recovered = await loadLog(runtime, { config, hadCleanShutdown: false });
      expect(trimmed(recovered)).toEqual(expected(4));
      expect(append(recovered, ["4"]).firstOffset).toBe(4);
    }
  });

  test("garbage behind the last batch is cut off, whatever size it claims", async () => {
    for (const claim of [-1, 0, 10, 200, 0x7fff_ffff]) {
      const runtime = simulate();
      filledLog(runtime, 5).closeHandlers();
      const garbage = new Uint8Array(100);
      new DataView(garbage.buffer).setInt32(8, claim);
      garbage[16] = 2;
      change(runtime, `${firstSegment}.log`, (file) => file.write(garbage, file.size()));
      const recovered = await loadLog(runtime, { config, hadCleanShutdown: false });
      expect(trimmed(recovered)).toEqual(expected(5));
    }
  });

  test("a changed byte cuts the log off there, and the segments behind it go", async () => {
    const runtime = simulate();
    const log = filledLog(runtime);
    const second = log.segments[1]!;
    log.closeHandlers();
    change(runtime, second.path, (file) => file.write(new Uint8Array([0xff]), 100));
    const recovered = await loadLog(runtime, { config, hadCleanShutdown: false });
    expect(trimmed(recovered)).toEqual(expected(second.baseOffset));
    expect(recovered.segments.length).toBe(2);
    expect(runtime.log.lines.some(({ line }) => line.includes("checksum mismatch"))).toBe(true);
  });

  test("segments below the recovery point are not read", async () => {
    const runtime = simulate();
    const log = filledLog(runtime);
    const [first, second] = log.segments;
    log.closeHandlers();
    change(runtime, first!.path, (file) => file.write(new Uint8Array([0xff]), 100));
    const recovered = await loadLog(runtime, { config, hadCleanShutdown: false, recoveryPoint: second!.baseOffset });
    expect(recovered.logEndOffset).toBe(50);
    expect(recovered.recoveryPoint).toBe(second!.baseOffset);
  });

  test.each([
    ["0", "000000000000000000000013acc084000000ffffffff0000000576616c7565"],
    ["1", "00000000000000000000001ba584f50801000000018bcfe56800ffffffff0000000576616c7565"],
  ])("records of magic %s are refused, not cut off", async (_, hex) => {
    const runtime = simulate();
    filledLog(runtime, 5).closeHandlers();
    change(runtime, `${firstSegment}.log`, (file) =>
      file.write(
        Uint8Array.from(hex.match(/../g)!, (byte) => Number.parseInt(byte, 16)),
        file.size(),
      ),
    );
    const sizeBytes = runtime.files.stat(`${firstSegment}.log`)?.sizeBytes;
    await expect(loadLog(runtime, { config, hadCleanShutdown: false })).rejects.toThrow(/old format/);
    expect(runtime.files.stat(`${firstSegment}.log`)?.sizeBytes).toBe(sizeBytes);
  });

  test("a header with zeros in the middle is torn, not of an old format", async () => {
    const runtime = simulate();
    filledLog(runtime, 5).closeHandlers();
    const size = batch(["x".repeat(80)], { timestamp: START_MS }).length;
    change(runtime, `${firstSegment}.log`, (file) => file.write(new Uint8Array(size - 12), file.size() - size + 12));
    const recovered = await loadLog(runtime, { config, hadCleanShutdown: false });
    expect(trimmed(recovered)).toEqual(expected(4));
  });

  test("zeros behind the last batch, as a disk leaves them after a power cut, are cut off", async () => {
    for (const count of [1, 11, 12, 17, 61, 4096]) {
      const runtime = simulate();
      filledLog(runtime, 5).closeHandlers();
      change(runtime, `${firstSegment}.log`, (file) => file.truncate(file.size() + count));
      const recovered = await loadLog(runtime, { config, hadCleanShutdown: false });
      expect(trimmed(recovered)).toEqual(expected(5));
      expect(runtime.files.stat(`${firstSegment}.log`)?.sizeBytes).toBe(recovered.sizeBytes);
    }
  });

  test("leader epochs that were not written yet are found in the batches", async () => {
    const runtime = simulate();
    const log = createLog(runtime, config);
    for (const epoch of [1, 1, 4, 6]) append(log, ["a"], {}, epoch);
    log.closeHandlers();
    runtime.files.remove(`${directory}/leader-epoch-checkpoint`);
    const recovered = await loadLog(runtime, { config, hadCleanShutdown: false });
    expect(recovered.epochEntries).toEqual([
      { epoch: 1, startOffset: 0 },
      { epoch: 4, startOffset: 2 },
      { epoch: 6, startOffset: 3 },
    ]);
  });

  test("what the cleaner left half done goes, and what it finished takes its place", async () => {
    const runtime = simulate();
    const log = filledLog(runtime);
    const [first, second] = log.segments;
    log.closeHandlers();
    const compacted = batch(["only"], { leaderEpoch: 0 });
    for (const [name, bytes] of [
      ["00000000000000000000.log.swap", compacted],
      [`${second!.baseOffset}`.padStart(20, "0").concat(".log.cleaned"), compacted],
      ["00000000000000000007.log.deleted", compacted],
      ["00000000000000000100-0000000001.checkpoint.deleted", compacted],
    ] as const) {
      const file = runtime.files.open(`${directory}/${name}`, "create");
      file.write(bytes, 0);
      file.close();
    }
    const recovered = await loadLog(runtime, { config, hadCleanShutdown: false });
    expect(trimmed(recovered).slice(0, 2)).toEqual(["only", `${second!.baseOffset}`]);
    expect(first!.baseOffset).toBe(0);
    await runtime.clock.advanceWithPromises(0);
    expect(names(runtime).filter((name) => /deleted|cleaned|swap/.test(name))).toEqual([
      "00000000000000000100-0000000001.checkpoint.deleted",
    ]);
  });
});

describe("after a clean stop", () => {
  test("files that were to be deleted are removed by a thread, as that takes long: the start does not wait for it", async () => {
    const runtime = simulate();
    await settled(runtime, filledLog(runtime).close());
    const paths = ["log", "index"].map((suffix) => `${directory}/00000000000000000007.${suffix}.deleted`);
    for (const path of paths) runtime.files.open(path, "create").close();
    const removed: string[] = [];
    const files: FileSystem = runtime.files;
    files.removeLater = async (path) => void removed.push(path);
    const log = await loadLog(runtime, { config, hadCleanShutdown: true });
    await runtime.clock.advanceWithPromises(0);
    expect(removed.sort()).toEqual(paths.toSorted());
    expect(log).toMatchObject({ logEndOffset: 50, failure: undefined });
  });

  test("nothing is read but the end, and everything is there", async () => {
    const runtime = simulate();
    await settled(runtime, filledLog(runtime).close());
    change(runtime, `${firstSegment}.log`, (file) => file.write(new Uint8Array([0xff]), 100));
    const log = await loadLog(runtime, { config, hadCleanShutdown: true });
    expect(log).toMatchObject({ logEndOffset: 50, recoveryPoint: 50 });
    expect(append(log, ["x"], { producerId: 7, producerEpoch: 0, baseSequence: 47 })).toMatchObject({ errorCode: 45 });
  });

  test("there is a producer snapshot at the log end, and no index is preallocated", async () => {
    const runtime = simulate();
    const log = filledLog(runtime, 3);
    await settled(runtime, log.close());
    expect(names(runtime)).toContain("00000000000000000003.snapshot");
    expect(runtime.files.stat(`${firstSegment}.index`)?.sizeBytes).toBe(0);
    expect(runtime.files.stat(`${firstSegment}.timeindex`)?.sizeBytes).toBe(12);
  });

  test("an index that is missing or can't be one is built anew", async () => {
    for (const damage of ["remove", "odd size", "remove time"] as const) {
      const runtime = simulate();
      const log = filledLog(runtime);
      await settled(runtime, log.close());
      const intact = content(runtime, `${firstSegment}.index`);
      const intactTimes = content(runtime, `${firstSegment}.timeindex`);
      if (damage === "remove") runtime.files.remove(`${firstSegment}.index`);
      if (damage === "remove time") runtime.files.remove(`${firstSegment}.timeindex`);
      if (damage === "odd size") change(runtime, `${firstSegment}.index`, (file) => file.truncate(5));
      const again = await loadLog(runtime, { config, hadCleanShutdown: true });
      expect(trimmed(again)).toEqual(expected(50));
      expect(content(runtime, `${firstSegment}.index`)).toEqual(intact);
      expect(content(runtime, `${firstSegment}.timeindex`)).toEqual(intactTimes);
    }
  });

  test("a segment whose index is built anew leaves the epochs of later ones, even below the log start", async () => {
    const runtime = simulate();
    const log = filledLog(runtime);
    append(log, ["a"], {}, 1);
    log.updateHighWatermark(log.logEndOffset);
    log.incrementLogStartOffset(2);
    await settled(runtime, log.close());
    runtime.files.remove(`${firstSegment}.index`);
    const loaded = await loadLog(runtime, { config, hadCleanShutdown: true, recoveryPoint: 51, logStartOffset: 2 });
    expect(loaded.epochEntries).toEqual([
      { epoch: 0, startOffset: 2 },
      { epoch: 1, startOffset: 50 },
    ]);
  });

  test("without any producer snapshot the producers are found in the batches", async () => {
    const runtime = simulate();
    await settled(runtime, filledLog(runtime).close());
    for (const name of names(runtime)) if (name.endsWith(".snapshot")) runtime.files.remove(`${directory}/${name}`);
    const log = await loadLog(runtime, { config, hadCleanShutdown: true });
    expect(append(log, ["x"], { producerId: 7, producerEpoch: 0, baseSequence: 49 })).toMatchObject({
      duplicate: true,
    });
  });

  test("a half-written index, whatever is in it, is no index", async () => {
    for (const name of ["index", "timeindex"] as const) {
      const runtime = simulate();
      await settled(runtime, filledLog(runtime).close());
      const path = `${firstSegment}.${name}`;
      const intact = content(runtime, path);
      change(runtime, path, (file) => file.truncate(intact.length - 3));
      expect(trimmed(await loadLog(runtime, { config, hadCleanShutdown: true }))).toEqual(expected(50));
      expect(content(runtime, path)).toEqual(intact);
    }
  });

  test("an index that points beyond its log is no index", async () => {
    const runtime = simulate();
    await settled(runtime, filledLog(runtime).close());
    const intact = content(runtime, `${firstSegment}.index`);
    change(runtime, `${firstSegment}.index`, (file) => file.write(new Uint8Array([0x7f]), intact.length - 4));
    expect(trimmed(await loadLog(runtime, { config, hadCleanShutdown: true }))).toEqual(expected(50));
    expect(content(runtime, `${firstSegment}.index`)).toEqual(intact);
  });

  test("what is none of the log's files is left alone", async () => {
    const runtime = simulate();
    await settled(runtime, filledLog(runtime).close());
    const foreign = [
      "notes.txt",
      "7.log",
      "abc.log",
      "00000000000000000000.log.bak",
      "core",
      ".DS_Store",
      "x.snapshot",
    ];
    for (const name of foreign) runtime.files.open(`${directory}/${name}`, "create").close();
    runtime.files.makeDirectory(`${directory}/00000000000000000005.log`);
    runtime.files.makeDirectory(`${directory}/sub.swap`);
    const orphan = `${directory}/00000000000000000007.index`;
    runtime.files.open(orphan, "create").close();
    for (const hadCleanShutdown of [true, false]) {
      const log = await loadLog(runtime, { config, hadCleanShutdown });
      expect(trimmed(log)).toEqual(expected(50));
      expect(names(runtime)).toEqual(expect.arrayContaining([...foreign, "00000000000000000005.log", "sub.swap"]));
      expect(runtime.files.stat(orphan)).toBeUndefined();
      log.closeHandlers();
    }
  });

  test("snapshots of segments that are gone, and above the end, go", async () => {
    const runtime = simulate();
    const log = filledLog(runtime);
    const bases = log.segments.map(({ baseOffset }) => baseOffset);
    await settled(runtime, log.close());
    const snapshotName = (offset: number) => `${offset}`.padStart(20, "0").concat(".snapshot");
    const copy = content(runtime, `${directory}/${snapshotName(bases[1]!)}`);
    for (const offset of [bases[1]! + 1, 999]) {
      const file = runtime.files.open(`${directory}/${snapshotName(offset)}`, "create");
      file.write(copy, 0);
      file.close();
    }
    const again = await loadLog(runtime, { config, hadCleanShutdown: true });
    expect(names(runtime).filter((name) => name.endsWith(".snapshot"))).toEqual(
      [...bases.slice(1), 50].map((offset) => snapshotName(offset)),
    );
    expect(append(again, ["x"], { producerId: 7, producerEpoch: 0, baseSequence: 50 }).errorCode).toBe(0);
  });

  test("a damaged producer snapshot is passed over for an older one", async () => {
    const runtime = simulate();
    await settled(runtime, filledLog(runtime).close());
    change(runtime, `${directory}/00000000000000000050.snapshot`, (file) => file.write(new Uint8Array([9]), 12));
    const log = await loadLog(runtime, { config, hadCleanShutdown: true });
    expect(append(log, ["x"], { producerId: 7, producerEpoch: 0, baseSequence: 49 })).toMatchObject({
      duplicate: true,
    });
  });

  test("a log that ends before its log start offset starts over there", async () => {
    const runtime = simulate();
    await settled(runtime, filledLog(runtime).close());
    const log = await loadLog(runtime, { config, hadCleanShutdown: true, logStartOffset: 70 });
    expect(log).toMatchObject({ logStartOffset: 70, logEndOffset: 70, latestEpoch: -1 });
    expect(append(log, ["a"]).firstOffset).toBe(70);
  });
});

test("a full disk makes the append fail, and the log answers storage errors from then on", () => {
  const runtime = simulate();
  const log = createLog(runtime, config);
  const file = log.segments[0]!.file;
  file.write = () => {
    throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
  };
  expect(append(log, ["a"])).toMatchObject({ errorCode: 56, firstOffset: -1 });
  expect(append(log, ["a"]).errorCode).toBe(56);
  expect(log.read(0, 100, { upToOffset: 0 }).errorCode).toBe(56);
  expect(log.failure?.message).toContain("ENOSPC");
});
