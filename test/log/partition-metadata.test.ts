import { expect, test } from "vitest";
import { createMemoryFiles } from "../../adapters/simulator/index.ts";
import { PARTITION_METADATA, readPartitionMetadata, writePartitionMetadata } from "../../src/log/partition-metadata.ts";

const TOPIC_ID = "5L6g3nShT-eMCtK--X86sw";

/** What a directory says whose file has this content. */
function read(content: string): string | undefined {
  const files = createMemoryFiles();
  files.makeDirectory("/t-0");
  const file = files.open(`/t-0/${PARTITION_METADATA}`, "create");
  file.write(new TextEncoder().encode(content), 0);
  return readPartitionMetadata(files, "/t-0");
}

test("a topic id is read as it was written", () => {
  const files = createMemoryFiles();
  files.makeDirectory("/t-0");
  writePartitionMetadata(files, "/t-0", TOPIC_ID);
  expect(readPartitionMetadata(files, "/t-0")).toBe(TOPIC_ID);
});

test("what a power cut leaves of the file counts as no file", () => {
  const whole = `version: 0\ntopic_id: ${TOPIC_ID}`;
  for (let length = 0; length < whole.length; length++) {
    expect(read(whole.slice(0, length))).toBeUndefined();
    expect(read(whole.slice(0, length).padEnd(whole.length, "\0"))).toBeUndefined();
  }
});

test("anything else is refused", () => {
  expect(() => read("version: 1\n")).toThrow("malformed");
  expect(() => read(`version: 0\ntopic_id: ${TOPIC_ID}x`)).toThrow("malformed");
});
