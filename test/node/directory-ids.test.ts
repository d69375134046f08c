import { beforeEach, expect, test } from "vitest";
import { createRuntime } from "#adapter";
import { createMemoryFiles, type MemoryFiles } from "../../adapters/shared/files/memory-files.ts";
import { startBroker } from "../../src/broker.ts";
import { createConfig } from "../../src/config/create-config.ts";
import { singleNodeSettings } from "../../src/config/single-node.ts";
import { readMetaProperties, writeMetaProperties } from "../../src/log/meta-properties.ts";
import { prepareStorage } from "../../src/node/node-storage.ts";
import { FailingFiles, type Fault } from "../log/failing-files.ts";

const DIRECTORIES = ["/d1", "/d2"];
const { config } = createConfig({
  given: [],
  defaults: singleNodeSettings({ port: 0, logDirs: DIRECTORIES.join(",") }),
});

let files: MemoryFiles;
let lines: string[];

/** Starts a node whose metadata log is in the first directory, and stops it. Answers the ids of its directories in use, as they stand in the files. */
async function idsAfterStart(fault: Fault = () => undefined): Promise<(string | undefined)[]> {
  const failing = new FailingFiles(files);
  failing.fault = fault;
  lines = [];
  const log = { write: (level: string, line: string) => void lines.push(`${level} ${line}`) };
  const broker = await startBroker(createRuntime({ files: failing, log }), config);
  const { logs } = broker;
  const ids = logs!.logDirs.map((directory) => readMetaProperties(files, directory)?.directoryId);
  expect(ids).toEqual(logs!.logDirs.map((directory) => logs!.directoryId(directory)));
  await broker.close();
  return ids;
}

/** As directories formatted before KIP-858 are. */
async function forgetId(directory: string): Promise<void> {
  await writeMetaProperties(files, directory, { ...readMetaProperties(files, directory)!, directoryId: undefined });
}

beforeEach(() => {
  files = createMemoryFiles({ now: () => Date.now() });
});

test("a directory without an id gets one, once, and the others keep theirs", async () => {
  const [first, second] = await idsAfterStart();
  await forgetId("/d2");
  const [same, other] = await idsAfterStart();
  expect(same).toBe(first);
  expect(other).toMatch(/^[\w-]{22}$/);
  expect([first, second]).not.toContain(other);
  expect(lines).toContain("info Rewrote /d2/meta.properties: it had no directory.id");
  expect(await idsAfterStart()).toEqual([first, other]);
  expect(lines.join()).not.toContain("Rewrote");
});

test("all of them may be without, where the voters are not known by their directories", async () => {
  await idsAfterStart();
  for (const directory of DIRECTORIES) await forgetId(directory);
  const { directoryId } = await prepareStorage(createRuntime({ files }), config, undefined, [], new Map());
  const ids = DIRECTORIES.map((directory) => readMetaProperties(files, directory)?.directoryId);
  expect(ids[0]).toBe(directoryId);
  expect(new Set(ids).size).toBe(2);
  expect(ids).not.toContain(undefined);
});

test("one that can't be given an id is out of use, and the others are not", async () => {
  const [first] = await idsAfterStart();
  await forgetId("/d2");
  expect(
    await idsAfterStart((call, path) => (call === "rename" && path.startsWith("/d2/meta") ? "EIO" : undefined)),
  ).toEqual([first]);
  expect(lines).toContainEqual(expect.stringMatching(/^error Log directory \/d2 is out of use: .*EIO/));
  expect(readMetaProperties(files, "/d2")?.directoryId).toBeUndefined();
});

test("without an id for the directory of the metadata log there is no node", async () => {
  await idsAfterStart();
  await forgetId("/d1");
  await expect(
    idsAfterStart((call, path) => (call === "rename" && path.startsWith("/d1/meta") ? "EIO" : undefined)),
  ).rejects.toThrow("EIO");
});
