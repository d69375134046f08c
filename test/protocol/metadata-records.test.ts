import { expect, test } from "vitest";
import {
  decodeMetadataRecord,
  encodeMetadataRecord,
  metadataRecord,
} from "../../src/protocol/metadata-records/index.ts";

test("a record has its frame version, type and version in front", () => {
  const record = metadataRecord("FeatureLevelRecord", 0, { name: "metadata.version", featureLevel: 33 });
  const bytes = encodeMetadataRecord(record);
  expect(Buffer.from(bytes).toString("hex")).toBe(`010c0011${Buffer.from("metadata.version").toString("hex")}002100`);
  expect(decodeMetadataRecord(bytes)).toEqual(record);
});

test("a record is built with the defaults of what is left out", () => {
  const { record } = metadataRecord("PartitionChangeRecord", 2, { topicId: "AAAAAAAAAAAAAAAAAAAAAQ", leader: 3 });
  expect(record).toMatchObject({ partitionId: -1, leader: 3, isr: null, leaderRecoveryState: -1, lastKnownElr: null });
});

test.each([
  ["an unknown frame version", "020c0000"],
  ["an unknown type", "017f0000"],
  ["an unknown version", "010c09016100210000"],
  ["bytes behind the record", "01140000ff"],
])("%s is refused", (_, hex) => {
  expect(() => decodeMetadataRecord(new Uint8Array(Buffer.from(hex, "hex")))).toThrow(
    expect.objectContaining({ name: "ProtocolError" }),
  );
});
