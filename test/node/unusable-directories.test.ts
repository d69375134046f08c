import { beforeEach, expect, test } from "vitest";
import { createRuntime } from "#adapter";
import { createMemoryFiles, type MemoryFiles } from "../../adapters/shared/files/memory-files.ts";
import { type Broker, startBroker } from "../../src/broker.ts";
import { createConfig } from "../../src/config/create-config.ts";
import { singleNodeSettings } from "../../src/config/single-node.ts";
import { formatStorage } from "../../src/node/storage-format.ts";
import { FailingFiles, type Fault } from "../log/failing-files.ts";

const DIRECTORIES = ["/d1", "/d2"];

let files: MemoryFiles;
let lines: string[];

/** A node whose metadata log is in the first directory. */
async function start(fault: Fault = () => undefined, logDirs = DIRECTORIES): Promise<Broker> {
  const failing = new FailingFiles(files);
  failing.fault = fault;
  lines = [];
  const log = { write: (level: string, line: string) => void lines.push(`${level} ${line}`) };
  const runtime = createRuntime({ files: failing, log });
  const settings = singleNodeSettings({ port: 0, logDirs: logDirs.join(",") });
  return await startBroker(runtime, createConfig({ given: [], defaults: settings }).config);
}

async function logDirsOf(starting: Promise<Broker>): Promise<readonly string[]> {
  const broker = await starting;
  const { logDirs } = broker.logs!;
  await broker.close();
  return logDirs;
}

function empty(directory: string): void {
  for (const { name } of files.list(directory)) files.remove(`${directory}/${name}`);
}

beforeEach(async () => {
  files = createMemoryFiles({ now: () => Date.now() });
  expect(await logDirsOf(start())).toEqual(DIRECTORIES);
});

test("a directory that can't be read is out of use, and the others are not", async () => {
  const fault: Fault = (call, path) => (call === "open" && path === "/d2/meta.properties" ? "EIO" : undefined);
  expect(await logDirsOf(start(fault))).toEqual(["/d1"]);
  expect(lines).toContainEqual(expect.stringMatching(/^error Log directory \/d2 is out of use: .*EIO/));
  expect(await logDirsOf(start())).toEqual(DIRECTORIES);
});

test("a directory in whose place there is a file is out of use", async () => {
  empty("/d2");
  files.remove("/d2");
  files.open("/d2", "create").close();
  expect(await logDirsOf(start())).toEqual(["/d1"]);
  expect(lines).toContain("error Log directory /d2 is out of use: /d2 is no directory");
});

test("a directory that is empty and was not is out of use, at every start: a disk is missing, and nobody formats its mount point", async () => {
  empty("/d2");
  for (let times = 0; times < 2; times++) {
    expect(await logDirsOf(start())).toEqual(["/d1"]);
    expect(lines).toContainEqual(expect.stringContaining("/d2 has no meta.properties any more: is its disk mounted?"));
    expect(files.list("/d2")).toEqual([]);
  }
});

test("a directory that has been replaced is used when somebody has formatted it", async () => {
  const broker = await start();
  const { clusterId } = broker;
  await broker.close();
  empty("/d2");
  await formatStorage(createRuntime({ files }), {
    ...{ nodeId: 1, clusterId, logDirs: DIRECTORIES, metadataLogDir: "/d1" },
    ...{ quorum: { kind: "none" }, ignoreFormatted: true },
  });
  expect(await logDirsOf(start())).toEqual(DIRECTORIES);
});

test("a directory that is new is formatted, also one that was taken out of log.dirs before", async () => {
  expect(await logDirsOf(start(undefined, ["/d1", "/d2", "/d3"]))).toEqual(["/d1", "/d2", "/d3"]);
  expect(await logDirsOf(start(undefined, ["/d1"]))).toEqual(["/d1"]);
  empty("/d2");
  expect(await logDirsOf(start())).toEqual(DIRECTORIES);
});

test("without the directory of the metadata log there is no node", async () => {
  const fault: Fault = (call, path) => (call === "open" && path === "/d1/meta.properties" ? "EIO" : undefined);
  await expect(start(fault)).rejects.toThrow("EIO");
});
