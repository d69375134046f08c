import { expect, test } from "vitest";
import { emptyImage, type MetadataImage, TopicsImage } from "../../src/controller/metadata-image.ts";
import { type PartitionRegistration, partitionFromRecord } from "../../src/controller/partition-registration.ts";
import { withDefaults } from "../../src/protocol/codec.ts";
import { PartitionRecord } from "../../src/protocol/metadata-records/partition-record.ts";
import { ImageDigest } from "./image-digest.ts";

const partition = partitionFromRecord(
  withDefaults(PartitionRecord, {
    topicId: "topic-id",
    partitionId: 0,
    replicas: [1, 2, 3],
    isr: [1, 2, 3],
    leader: 1,
    addingReplicas: [],
    removingReplicas: [],
  }),
);

function imageOf(change: Partial<PartitionRegistration>, features: [string, number][] = []): MetadataImage {
  const topic = { name: "t", id: "topic-id", partitions: [{ ...partition, ...change }] };
  const topics = TopicsImage.EMPTY.with([{ before: undefined, after: topic }]);
  return { ...emptyImage("cluster"), topics, features: new Map(features) };
}

function digestOf(image: MetadataImage): number {
  return new ImageDigest().of(image);
}

test("images that say the same have the same digest, however they have come into being", () => {
  const { replicas, ...rest } = partition;
  const reordered = imageOf({ ...rest, replicas: [...replicas] }, [
    ["b", 2],
    ["a", 1],
  ]);
  const ordered = imageOf({}, [
    ["a", 1],
    ["b", 2],
  ]);
  expect(digestOf(reordered)).toBe(digestOf(ordered));
});

test.each<[string, Partial<PartitionRegistration>, [string, number][]]>([
  ["the leader", { leader: 2 }, []],
  ["the leader epoch", { leaderEpoch: 7 }, []],
  ["the order of the replicas", { replicas: [2, 1, 3] }, []],
  ["who is in sync", { isr: [1, 2] }, []],
  ["what is in which list", { isr: [], elr: [1, 2, 3] }, []],
  ["a directory", { directories: ["a", "b", "c"] }, []],
  ["a feature", {}, [["a", 1]]],
])("images that differ in %s have different digests", (_, change, features) => {
  expect(digestOf(imageOf(change, features))).not.toBe(digestOf(imageOf({})));
});
