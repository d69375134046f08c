import { expect, test } from "vitest";
import { createRuntime } from "#adapter";
import { createMemoryFiles } from "../../adapters/simulator/index.ts";
import { createAdapterSubject } from "./adapter.subject.ts";
import { Child } from "./child.ts";
import { connectedPair, differsAt, patternBytes, type Subject, until } from "./subject.ts";

test("usage tells memory, CPU time and open files", async () => {
  const { runtime, directory } = await createAdapterSubject();
  const before = runtime.usage();
  const files = Array.from({ length: 200 }, (_, index) => runtime.files.open(`${directory}/${index}`, "create"));
  // However busy the machine is.
  let after = runtime.usage();
  while (after.userCpuSeconds - before.userCpuSeconds < 0.005) after = runtime.usage();
  for (const file of files) file.close();
  expect(before.residentBytes).toBeGreaterThan(10_000_000);
  expect(before.heapBytes).toBeGreaterThan(1_000_000);
  expect(before.heapBytes).toBeLessThan(before.residentBytes * 4);
  expect(after.userCpuSeconds - before.userCpuSeconds).toBeLessThan(30);
  // On Bun the tests of another file close some of theirs in the same process.
  expect(after.openFiles! - before.openFiles!).toBeGreaterThanOrEqual(100);
});

test("fatal() ends the process at once, with the reason on the error stream", async () => {
  const child = new Child("fatal.ts");
  expect(await child.exitCode()).toBe(1);
  expect(child.lines).toEqual([]);
  expect(child.errors()).toMatch(/ERROR Fatal error, halting: Error: the log is not where it should be/);
});

test("fatal() ends the process where the error stream takes nothing, too", async () => {
  const child = new Child("fatal.ts", [], process.execPath, "2>/dev/full");
  expect(await child.exitCode()).toBe(1);
  expect(child.lines).toEqual([]);
});

test("files in memory go out through real sockets", async () => {
  const files = createMemoryFiles();
  const subject: Subject = { ...(await createAdapterSubject()), runtime: createRuntime({ files }) };
  const { client, server } = await connectedPair(subject);
  const content = patternBytes(2_000_000);
  const file = files.open("segment", "create");
  file.write(content, 0);
  client.connection.send([{ file, position: 0, length: content.length }]);
  file.close();
  files.remove("segment");
  await until(subject, "everything arrived", () => server.receivedBytes >= content.length);
  expect(differsAt(server.bytes(), content)).toBeUndefined();
});
