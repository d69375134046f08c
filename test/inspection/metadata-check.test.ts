import { describe, expect, test } from "vitest";
import { DataDirectoryCheck } from "../../src/inspection/data-directory-check.ts";
import type { Finding } from "../../src/inspection/finding.ts";
import { FlushedBatchFile } from "../../src/raft/flushed-batch-file.ts";
import { buildBatch } from "../../src/record/batch-builder.ts";
import type { File, Runtime } from "../../src/runtime.ts";
import { memoryRuntime, polylog, startMemoryBroker } from "../command/running-command.ts";

const METADATA = "/data/__cluster_metadata-0";
const BOOTSTRAP = `${METADATA}/00000000000000000000-0000000000.checkpoint`;

async function stoppedBroker(): Promise<Runtime> {
  const runtime = memoryRuntime();
  const broker = await startMemoryBroker(runtime);
  await polylog(["topic", "create", "orders", "-b", broker.bootstrapServers, "-p", "3"]);
  await broker.close();
  return runtime;
}

function wrong(runtime: Runtime): Finding[] {
  const findings = [...new DataDirectoryCheck(runtime, "/data", () => false).run()];
  return findings.filter((finding) => finding !== undefined && finding.severity !== "note") as Finding[];
}

function write(runtime: Runtime, path: string, bytes: Uint8Array, position?: number): void {
  const file = runtime.files.open(path, "create");
  if (position === undefined) file.truncate(0);
  file.write(bytes, position ?? 0);
  file.close();
}

function flipBit(file: File, position: number): void {
  const byte = new Uint8Array(1);
  file.read(byte, position);
  byte[0]! ^= 1 << (position % 8);
  file.write(byte, position);
}

const startFails = async (runtime: Runtime) => {
  const broker = await startMemoryBroker(runtime).catch((error: Error) => error);
  if (!(broker instanceof Error)) await broker.close();
  return broker instanceof Error;
};

describe("the metadata of a stopped broker", () => {
  test("is in order", async () => {
    const runtime = await stoppedBroker();
    expect(wrong(runtime)).toEqual([]);
    expect(await startFails(runtime)).toBe(false);
  });

  test("with a record of an unknown type stops a start", async () => {
    const runtime = await stoppedBroker();
    const path = `${METADATA}/00000000000000000000.log`;
    const end = runtime.files.stat(path)!.sizeBytes;
    const baseOffset = 1_000;
    const records = [{ timestamp: 5, key: null, value: new Uint8Array([1, 99, 0]) }];
    write(runtime, path, buildBatch({ baseOffset, leaderEpoch: 1, records }, runtime), end);
    expect(wrong(runtime)).toContainEqual(
      expect.objectContaining({ severity: "refused", offset: baseOffset, problem: "Unknown metadata record type 99" }),
    );
    expect(await startFails(runtime)).toBe(true);
  });

  test("with a torn tail is repaired", async () => {
    const runtime = await stoppedBroker();
    const path = `${METADATA}/00000000000000000000.log`;
    const records = [{ timestamp: 5, key: null, value: new Uint8Array(9) }];
    const batch = buildBatch({ baseOffset: 1_000, leaderEpoch: 1, records }, runtime);
    write(runtime, path, batch.subarray(0, 70), runtime.files.stat(path)!.sizeBytes);
    const findings = wrong(runtime);
    expect(findings[0]).toMatchObject({ severity: "repaired", path });
    expect(findings.every(({ severity }) => severity === "repaired")).toBe(true);
    expect(await startFails(runtime)).toBe(false);
    expect(wrong(runtime)).toEqual([]);
  });

  test.each([
    ["a bit that has flipped", (file: File) => flipBit(file, 100)],
    ["an end that is gone", (file: File) => file.truncate(file.size() - 3)],
  ])("with %s in what was flushed stops a start, until it is given up", async (_, damage) => {
    const runtime = await stoppedBroker();
    const path = `${METADATA}/00000000000000000000.log`;
    const file = runtime.files.open(path, "write");
    damage(file);
    file.close();
    expect(wrong(runtime)[0]).toMatchObject({ severity: "refused", path });
    await expect(startMemoryBroker(runtime)).rejects.toThrow(`${path} is damaged at byte`);
    runtime.files.remove(`${METADATA}/polylog-flushed-batch`);
    expect(await startFails(runtime)).toBe(false);
  });

  test.each([
    ["base offset", 7],
    ["leader epoch", 15],
  ])("with a bit that has flipped in the %s of the last batch that was flushed stops a start", async (what, byte) => {
    const runtime = await stoppedBroker();
    const path = `${METADATA}/00000000000000000000.log`;
    const { position } = new FlushedBatchFile(runtime.files, METADATA).read()!;
    const file = runtime.files.open(path, "write");
    flipBit(file, position + byte);
    const problem = expect.stringContaining(what);
    expect(wrong(runtime)).toContainEqual(expect.objectContaining({ severity: "refused", path, problem }));
    await expect(startMemoryBroker(runtime)).rejects.toThrow(`${path} is damaged at byte ${position}`);
    flipBit(file, position + byte);
    file.close();
    expect(await startFails(runtime)).toBe(false);
  });

  test("with a bit that has flipped in quorum-state stops a start", async () => {
    const runtime = await stoppedBroker();
    const path = `${METADATA}/quorum-state`;
    const size = runtime.files.stat(path)!.sizeBytes;
    for (let position = 0; position < size; position++) {
      const file = runtime.files.open(path, "write");
      flipBit(file, position);
      expect(wrong(runtime)[0], `byte ${position}`).toMatchObject({ severity: "refused", path });
      if (position % 20 === 0) await expect(startMemoryBroker(runtime)).rejects.toThrow(`${path} is damaged`);
      flipBit(file, position);
      file.close();
    }
    expect(await startFails(runtime)).toBe(false);
  });

  test.each([
    ["a snapshot without its footer", BOOTSTRAP, "has no footer"],
    ["a quorum-state of garbage", `${METADATA}/quorum-state`, "is damaged"],
  ])("with %s stops a start", async (_, path, problem) => {
    const runtime = await stoppedBroker();
    const size = runtime.files.stat(path)!.sizeBytes;
    if (path === BOOTSTRAP) {
      const file = runtime.files.open(path, "read");
      const bytes = new Uint8Array(size);
      file.read(bytes, 0);
      file.close();
      runtime.files.remove(path);
      write(runtime, path, bytes.subarray(0, size - 73));
    } else write(runtime, path, new TextEncoder().encode("{"));
    expect(wrong(runtime)).toContainEqual(
      expect.objectContaining({ severity: "refused", path, problem: expect.stringContaining(problem) }),
    );
    expect(await startFails(runtime)).toBe(true);
  });
});
