import { expect, it } from "vitest";
import { partitionFor } from "../../src/coordinator/partition-for.ts";

it("a group belongs to the partition that Java's String.hashCode gives", () => {
  // Computed with Apache Kafka's own Utils.abs(groupId.hashCode()) % partitions.
  const partitions = { "": 0, g: 3, "my-group": 12, polygenelubricants: 0, "Größe-组-🚀": 30 };
  for (const [groupId, partition] of Object.entries(partitions)) {
    expect([groupId, partitionFor(groupId, 50)]).toEqual([groupId, partition]);
  }
});
