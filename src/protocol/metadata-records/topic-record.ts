/** A topic was created; its partitions follow. */
import { type Infer, message, string, uuid } from "../schema.ts";

export const TopicRecord = message(
  { name: "TopicRecord", apiKey: 2, validVersions: "0", flexibleVersions: "0+" },
  {
    name: string,
    topicId: uuid,
  },
);
export type TopicRecord = Infer<typeof TopicRecord>;
