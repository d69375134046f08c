import { expect, test } from "vitest";
import type { SimulatedRuntime } from "../../adapters/simulator/index.ts";
import { DataDirectoryCheck } from "../../src/inspection/data-directory-check.ts";
import type { Finding } from "../../src/inspection/finding.ts";
import { FailingFiles, type Fault } from "../log/failing-files.ts";
import { filesOf, flipByte, PARTITION, writeDataDirectory } from "./data-directory.ts";

const OTHER = "/data/payments-0";

/** With a second partition, of which a byte has changed: that is found, whatever can't be read of the first one. */
async function damagedDirectory(): Promise<SimulatedRuntime> {
  const runtime = await writeDataDirectory("clean");
  runtime.files.makeDirectory(OTHER);
  for (const path of filesOf(runtime, "")) {
    const from = runtime.files.open(path, "read");
    const bytes = new Uint8Array(from.size());
    from.read(bytes, 0);
    from.close();
    const to = runtime.files.open(path.replace(PARTITION, OTHER), "create");
    to.write(bytes, 0);
    to.close();
  }
  flipByte(runtime, filesOf(runtime, ".log")[0]!.replace(PARTITION, OTHER), 80);
  return runtime;
}

function check(runtime: SimulatedRuntime, fault: Fault, isInUse = false): Finding[] {
  const files = new FailingFiles(runtime.files);
  files.fault = fault;
  const inspection = new DataDirectoryCheck({ ...runtime, files }, "/data", () => isInUse).run();
  return [...inspection].filter((finding) => finding !== undefined);
}

const findingOfOther = expect.objectContaining({
  path: expect.stringContaining(OTHER),
  problem: "the checksum of the batch does not match its bytes",
});

test.each([
  ["open", ".log", "EACCES"],
  ["read", ".log", "EIO"],
  ["read", ".index", "EIO"],
  ["open", ".timeindex", "EACCES"],
  ["open", ".snapshot", "EIO"],
  ["open", "leader-epoch-checkpoint", "EIO"],
  ["open", "partition.metadata", "EIO"],
  ["list", PARTITION, "EIO"],
])("a call to %s that fails for %s with %s is told, and the rest is looked through", async (call, ending, code) => {
  const runtime = await damagedDirectory();
  const path = call === "list" ? PARTITION : filesOf(runtime, ending).at(-1)!;
  const findings = check(runtime, (name, of) => (name === call && of === path ? code : undefined));
  expect(findings).toContainEqual(findingOfOther);
  const others = findings.filter(({ path: of }) => !of.startsWith(OTHER));
  expect(others).toEqual([expect.objectContaining({ problem: expect.stringContaining(code) })]);
  expect(others[0]!.path.startsWith(PARTITION)).toBe(true);
  expect(["damaged", "refused"]).toContain(others[0]!.severity);
});

test("what a running broker removes meanwhile is noted", async () => {
  const runtime = await damagedDirectory();
  const gone = filesOf(runtime, ".log")[0]!;
  const findings = check(runtime, (call, path) => (call === "open" && path === gone ? "ENOENT" : undefined), true);
  expect(findings).toContainEqual({ severity: "note", path: gone, problem: "was removed while it was looked at" });
  expect(findings).toContainEqual(findingOfOther);
  expect(findings.filter(({ severity, path }) => severity !== "note" && !path.startsWith(OTHER))).toEqual([]);
});
