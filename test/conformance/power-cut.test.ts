import { expect, test } from "vitest";
import { createMemoryFiles, type MemoryFiles, SeededRandom } from "../../adapters/simulator/index.ts";
import { textBytes } from "./subject.ts";

// What only the simulator's file system can do: forget.

test("a power cut takes back the bytes that were not synced", async () => {
  const files = createMemoryFiles();
  const file = files.open("log", "create");
  await files.syncDirectory("/");
  file.write(textBytes("synced, "), 0);
  await file.sync();
  file.write(textBytes("SYNCED"), 0);
  file.write(textBytes("not synced"), 8);
  file.write(textBytes("far away"), 5_000_000);
  files.crash();
  expect(textOf(files, "log")).toBe("synced, ");
});

test("a truncation that was not synced is taken back too", async () => {
  const files = createMemoryFiles();
  const file = files.open("log", "create");
  await files.syncDirectory("/");
  file.write(textBytes("0123456789"), 0);
  await file.sync();
  file.truncate(4);
  file.write(textBytes("x"), 20_000);
  files.crash();
  expect(textOf(files, "log")).toBe("0123456789");
});

test("names live as long as their directory was synced with them", async () => {
  const files = createMemoryFiles();
  files.makeDirectory("data");
  await files.syncDirectory("/");
  await writeSynced(files, "data/checkpoint", "old");
  await files.syncDirectory("data");
  await writeSynced(files, "data/checkpoint.tmp", "new");
  files.rename("data/checkpoint.tmp", "data/checkpoint");
  files.crash();
  expect(files.list("data").map(({ name }) => name)).toEqual(["checkpoint"]);
  expect(textOf(files, "data/checkpoint")).toBe("old");

  await writeSynced(files, "data/checkpoint.tmp", "new");
  files.rename("data/checkpoint.tmp", "data/checkpoint");
  await files.syncDirectory("data");
  files.crash();
  expect(textOf(files, "data/checkpoint")).toBe("new");
});

test("a removal that was not synced comes back with its content, and nothing is locked any more", async () => {
  const files = createMemoryFiles();
  files.makeDirectory("topic-0");
  await files.syncDirectory("/");
  await writeSynced(files, "topic-0/log", "content");
  await files.syncDirectory("topic-0");
  expect(files.lock(".lock")).toBeDefined();
  files.remove("topic-0");
  files.crash();
  expect(textOf(files, "topic-0/log")).toBe("content");
  expect(files.lock(".lock")).toBeDefined();
});

test("space comes back when a file is removed, and a full disk is ENOSPC", async () => {
  const files = createMemoryFiles({ totalBytes: 1_000_000 });
  const file = files.open("log", "create");
  const fill = (): void => {
    for (let position = 0; ; position += 10_000) file.write(new Uint8Array(10_000), position);
  };
  expect(fill).toThrow(expect.objectContaining({ code: "ENOSPC" }));
  expect(files.diskSpace("/").usableBytes).toBeLessThan(20_000);
  files.remove("log");
  expect(files.diskSpace("/").usableBytes).toBeLessThan(20_000);
  file.close();
  expect(files.diskSpace("/").usableBytes).toBe(1_000_000);
});

test("with chance, any part of what was not synced may be there, and all that was synced is", async () => {
  const outcomes = new Set<string>();
  for (let seed = 1; seed <= 200; seed++) {
    const files = createMemoryFiles();
    files.makeDirectory("data");
    const file = files.open("data/log", "create");
    await files.syncDirectory("data");
    await files.syncDirectory("/");
    file.write(textBytes("aaaa"), 0);
    await file.sync();
    file.write(textBytes("bbbb"), 4);
    files.open("data/other", "create").close();
    files.crash(new SeededRandom(seed));
    const text = textOf(files, "data/log");
    expect(text, `seed ${seed}`).toMatch(/^aaaab{0,4}\0*$/);
    expect(text.length).toBeLessThanOrEqual(8);
    outcomes.add(`${text} ${files.stat("data/other") === undefined}`);
  }
  expect(outcomes).toContain("aaaa true");
  expect(outcomes).toContain("aaaabbbb false");
  expect([...outcomes].some((outcome) => outcome.includes("\0"))).toBe(true);
  expect(outcomes.size).toBeGreaterThan(8);
});

async function writeSynced(files: MemoryFiles, path: string, text: string): Promise<void> {
  const file = files.open(path, "create");
  file.write(textBytes(text), 0);
  await file.sync();
  file.close();
}

function textOf(files: MemoryFiles, path: string): string {
  const file = files.open(path, "read");
  const target = new Uint8Array(file.size());
  file.read(target, 0);
  file.close();
  return new TextDecoder().decode(target);
}
