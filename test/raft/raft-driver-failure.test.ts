import { expect, test } from "vitest";
import { createSimulatedRuntime, type MemoryFiles } from "../../adapters/simulator/index.ts";
import { encodeMetadataRecord, metadataRecord } from "../../src/protocol/metadata-records/index.ts";
import { RaftDriver, type RaftDriverOptions, type RaftRuntime } from "../../src/raft/raft-driver.ts";
import { buildBatch } from "../../src/record/batch-builder.ts";
import type { File, FileSystem, OpenMode } from "../../src/runtime.ts";
import { driverOptions } from "./raft-options.ts";

const voter = {
  id: 1,
  directoryId: "AAAAAAAAAAAAAAAAAAAAAA",
  endpoints: [],
  supportedKRaftVersion: { min: 0, max: 1 },
};

const LOG_FILE = "00000000000000000000.log";
const noOp = metadataRecord("NoOpRecord", 0, {});

/** Files whose writes, or whose syncs, fail from a moment on. */
function breakable(files: FileSystem, operation: "write" | "sync"): FileSystem & { isBroken: boolean } {
  const failure = () => Object.assign(new Error("EIO: the disk is gone"), { code: "EIO" });
  const wrap = (file: File): File => ({
    path: file.path,
    read: (target, position) => file.read(target, position),
    write: (source, position) => {
      if (breakableFiles.isBroken && operation === "write") throw failure();
      file.write(source, position);
    },
    readLater: (target, position) => file.readLater(target, position),
    writeLater: (source, position) => file.writeLater(source, position),
    truncate: (sizeBytes) => file.truncate(sizeBytes),
    size: () => file.size(),
    sync: () => (breakableFiles.isBroken && operation === "sync" ? Promise.reject(failure()) : file.sync()),
    retain: () => file.retain(),
    release: () => file.release(),
    close: () => file.close(),
  });
  const breakableFiles = {
    isBroken: false,
    open: (path: string, mode: Parameters<FileSystem["open"]>[1]) => wrap(files.open(path, mode)),
    list: (directory: string) => files.list(directory),
    stat: (path: string) => files.stat(path),
    makeDirectory: (path: string) => files.makeDirectory(path),
    rename: (from: string, to: string) => files.rename(from, to),
    remove: (path: string) => files.remove(path),
    setReadOnly: (path: string) => files.setReadOnly(path),
    setModified: (path: string, modifiedMs: number) => files.setModified(path, modifiedMs),
    syncDirectory: (path: string) => files.syncDirectory(path),
    diskSpace: (path: string) => files.diskSpace(path),
    lock: (path: string) => files.lock(path),
  };
  return breakableFiles;
}

/** A node that leads, on a disk that is about to fail. */
async function startNode(operation: "write" | "sync", options: Partial<RaftDriverOptions> = {}) {
  const simulated = createSimulatedRuntime({ seed: 1 });
  const files = breakable(simulated.files, operation);
  const fatal: string[] = [];
  const runtime: RaftRuntime = {
    clock: simulated.clock,
    random: simulated.random,
    checksums: simulated.checksums,
    compression: simulated.compression,
    log: simulated.log,
    files,
    network: simulated.network,
    fatal: (error): never => {
      fatal.push(error.message);
      throw error;
    },
  };
  const settle = (ms = 10) => simulated.clock.advanceWithPromises(ms);
  const loading = RaftDriver.load(driverOptions(runtime, voter, { staticVoters: [voter], ...options }));
  await settle();
  const driver = await loading;
  const committed: number[] = [];
  driver.register({
    handleLoadSnapshot() {},
    handleCommit: (batches) => committed.push(...batches.map((batch) => batch.lastOffset)),
    handleLeaderChange() {},
  });
  driver.start();
  await settle();
  expect(committed).toEqual([0]);
  return { driver, files, fatal, committed, settle };
}

test.each(["write", "sync"] as const)(
  "a disk that fails to %s stops the node, and commits nothing",
  async (operation) => {
    const { driver, files, fatal, committed, settle } = await startNode(operation);

    files.isBroken = true;
    if (operation === "write") expect(() => driver.append(1, [noOp])).toThrow(/EIO/);
    else expect(driver.append(1, [noOp])).toBe(1);
    await settle();
    expect(fatal).toEqual([expect.stringContaining("EIO")]);
    expect(committed).toEqual([0]);
    expect(driver.append(1, [noOp])).toBeUndefined();
  },
);

test.each(["write", "sync"] as const)(
  "a stop on a disk that fails to %s tells so, and frees the directory",
  async (operation) => {
    const { driver, files, settle } = await startNode(operation, { lockDirectory: true });
    expect(files.lock("/data/.lock")).toBeUndefined();
    files.isBroken = true;
    const closing = driver.close();
    const rejected = expect(closing).rejects.toThrow(/EIO/);
    await settle(10_000);
    await rejected;
    expect(files.lock("/data/.lock")).toBeDefined();
  },
);

test.each([
  ["quorum-state is damaged", "quorum-state", new TextEncoder().encode("?"), /quorum-state is damaged/],
  ["log has a record of a type that is not known", LOG_FILE, batchOf(Uint8Array.of(1, 100, 0)), /type 100/],
])("a start that fails as the %s leaves no file open", async (_, name, content, problem) => {
  const simulated = createSimulatedRuntime({ seed: 1 });
  const { files } = simulated;
  files.makeDirectory("/data/__cluster_metadata-0");
  for (const [path, bytes] of [[LOG_FILE, batchOf(encodeMetadataRecord(noOp))] as const, [name, content] as const]) {
    const file = files.open(`/data/__cluster_metadata-0/${path}`, "create");
    file.write(bytes, 0);
    file.close();
  }
  const opened: File[] = [];
  const watched = Object.assign(Object.create(files) as MemoryFiles, {
    open: (path: string, mode: OpenMode) => {
      const file = files.open(path, mode);
      opened.push(file);
      return file;
    },
  });
  const runtime = { ...simulated, files: watched };
  const loading = RaftDriver.load(driverOptions(runtime, voter, { staticVoters: [voter] }));
  const rejected = expect(loading).rejects.toThrow(problem);
  await simulated.clock.advanceWithPromises(10);
  await rejected;
  expect(opened.length).toBeGreaterThan(1);
  for (const file of opened) expect(() => file.size()).toThrow(/EBADF/);
});

function batchOf(value: Uint8Array): Uint8Array {
  const runtime = createSimulatedRuntime({ seed: 1 });
  return buildBatch({ baseOffset: 0, leaderEpoch: 1, records: [{ timestamp: 0, key: null, value }] }, runtime);
}
