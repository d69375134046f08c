/** Which share partitions of a group are being initialized, are, or are being deleted (KIP-932). */
import { array, type Infer, int32, message, string, struct, uuid } from "../schema.ts";

export const ShareGroupStatePartitionMetadataKey = message(
  { name: "ShareGroupStatePartitionMetadataKey", apiKey: 15, validVersions: "0", flexibleVersions: "none" },
  {
    groupId: string,
  },
);
export type ShareGroupStatePartitionMetadataKey = Infer<typeof ShareGroupStatePartitionMetadataKey>;

const TopicPartitionsInfo = struct({
  topicId: uuid,
  topicName: string,
  partitions: array(int32),
});

const TopicInfo = struct({
  topicId: uuid,
  topicName: string,
});

export const ShareGroupStatePartitionMetadataValue = message(
  { name: "ShareGroupStatePartitionMetadataValue", apiKey: 15, validVersions: "0", flexibleVersions: "0+" },
  {
    initializingTopics: array(TopicPartitionsInfo),
    initializedTopics: array(TopicPartitionsInfo),
    deletingTopics: array(TopicInfo),
  },
);
export type ShareGroupStatePartitionMetadataValue = Infer<typeof ShareGroupStatePartitionMetadataValue>;
