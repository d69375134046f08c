import { describe, expect, test } from "vitest";
import { createSimulatedRuntime, type SimulatedRuntime } from "../../adapters/simulator/index.ts";
import { FLUSHED_BATCH_FILE, FlushedBatchFile, flushedLog } from "../../src/raft/flushed-batch-file.ts";
import { buildBatch } from "../../src/record/batch-builder.ts";
import type { File } from "../../src/runtime.ts";

const DIRECTORY = "/log";
const SEGMENT = `${DIRECTORY}/00000000000000000100.log`;

/** A segment with two batches, the second of which is known to be flushed. */
function logWithFlushedBatch() {
  const runtime = createSimulatedRuntime({ seed: 1 });
  runtime.files.makeDirectory(DIRECTORY);
  const file = runtime.files.open(SEGMENT, "create");
  const first = batch(runtime, 100, 10);
  const second = batch(runtime, 101, 500);
  file.write(first, 0);
  file.write(second, first.length);
  const flushed = new FlushedBatchFile(runtime.files, DIRECTORY);
  flushed.write(100, { file, position: first.length, length: second.length });
  const extent = { baseOffset: 100, sizeBytes: first.length + second.length };
  return { runtime, file, flushed, position: first.length, extent };
}

function batch(runtime: SimulatedRuntime, baseOffset: number, valueBytes: number): Uint8Array {
  const records = [{ timestamp: 1, key: null, value: new Uint8Array(valueBytes) }];
  return buildBatch({ baseOffset, leaderEpoch: 3, records }, runtime);
}

function flipBit(file: File, position: number): void {
  const byte = new Uint8Array(1);
  file.read(byte, position);
  byte[0]! ^= 4;
  file.write(byte, position);
}

describe("the batch that was flushed last", () => {
  test("vouches for the log up to its end", () => {
    const { runtime, extent } = logWithFlushedBatch();
    expect(flushedLog(runtime.files, DIRECTORY)?.extent).toEqual(extent);
  });

  test("vouches for it whichever of its bits has flipped", () => {
    const { runtime, file, position, extent } = logWithFlushedBatch();
    for (let byte = 0; byte < extent.sizeBytes - position; byte++) {
      flipBit(file, position + byte);
      expect(flushedLog(runtime.files, DIRECTORY)?.extent, `byte ${byte}`).toEqual(extent);
      flipBit(file, position + byte);
    }
  });

  test("is found damaged in its base offset and in its leader epoch, which its checksum does not cover", () => {
    const { runtime, file, position } = logWithFlushedBatch();
    const found = Array.from({ length: 21 }, (_, byte) => {
      flipBit(file, position + byte);
      const damage = flushedLog(runtime.files, DIRECTORY)?.damage;
      flipBit(file, position + byte);
      return damage?.problem.includes("base offset 101")
        ? "offset"
        : damage?.problem.includes("epoch 3")
          ? "epoch"
          : "";
    });
    const offset = new Array<string>(8).fill("offset");
    const epoch = new Array<string>(4).fill("epoch");
    const others = (count: number) => new Array<string>(count).fill("");
    expect(found).toEqual([...offset, ...others(4), ...epoch, ...others(5)]);
    expect(flushedLog(runtime.files, DIRECTORY)?.damage).toBeUndefined();
  });

  test("vouches for nothing when the log was truncated, and another batch is in its place", () => {
    const { runtime, file, position } = logWithFlushedBatch();
    file.truncate(position);
    expect(flushedLog(runtime.files, DIRECTORY)).toBeUndefined();
    file.write(batch(runtime, 101, 499), position);
    expect(flushedLog(runtime.files, DIRECTORY)).toBeUndefined();
  });

  test("vouches for nothing without its segment, or when it was cleared", () => {
    const { runtime, flushed } = logWithFlushedBatch();
    flushed.clear();
    expect(flushedLog(runtime.files, DIRECTORY)).toBeUndefined();
    const other = logWithFlushedBatch();
    other.runtime.files.remove(SEGMENT);
    expect(flushedLog(other.runtime.files, DIRECTORY)).toBeUndefined();
  });

  test("vouches for nothing when its file is torn", () => {
    const { runtime } = logWithFlushedBatch();
    const file = runtime.files.open(`${DIRECTORY}/${FLUSHED_BATCH_FILE}`, "write");
    while (file.size() > 0) {
      file.truncate(file.size() - 1);
      expect(flushedLog(runtime.files, DIRECTORY)).toBeUndefined();
    }
  });
});
