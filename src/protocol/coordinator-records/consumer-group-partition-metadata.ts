/** Partitions that a consumer group subscribed to, as 4.0 recorded them. */
import { array, type Infer, int32, message, string, uuid } from "../schema.ts";

export const ConsumerGroupPartitionMetadataKey = message(
  { name: "ConsumerGroupPartitionMetadataKey", apiKey: 4, validVersions: "0", flexibleVersions: "none" },
  {
    groupId: string,
  },
);
export type ConsumerGroupPartitionMetadataKey = Infer<typeof ConsumerGroupPartitionMetadataKey>;

export const ConsumerGroupPartitionMetadataValue = message(
  { name: "ConsumerGroupPartitionMetadataValue", apiKey: 4, validVersions: "0", flexibleVersions: "0+" },
  {
    topics: array({
      topicId: uuid,
      topicName: string,
      numPartitions: int32,
      partitionMetadata: array({
        partition: int32,
        racks: array(string),
      }),
    }),
  },
);
export type ConsumerGroupPartitionMetadataValue = Infer<typeof ConsumerGroupPartitionMetadataValue>;
