/** A topic was deleted, with its partitions. */
import { type Infer, message, uuid } from "../schema.ts";

export const RemoveTopicRecord = message(
  { name: "RemoveTopicRecord", apiKey: 9, validVersions: "0", flexibleVersions: "0+" },
  {
    topicId: uuid,
  },
);
export type RemoveTopicRecord = Infer<typeof RemoveTopicRecord>;
