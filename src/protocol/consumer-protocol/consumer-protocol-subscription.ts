/** What a member of a classic consumer group sends to the group's leader; never flexible, with its version in front. */
import { array, bytes, field, type Infer, int32, message, nullable, string } from "../schema.ts";

export const ConsumerProtocolSubscription = message(
  { name: "ConsumerProtocolSubscription", validVersions: "0-3", flexibleVersions: "none" },
  {
    topics: array(string),
    userData: nullable(bytes, { default: null }),
    ownedPartitions: field(
      array({
        topic: string,
        partitions: array(int32),
      }),
      { versions: "1+", ignorable: true },
    ),
    generationId: field(int32, { versions: "2+", default: -1, ignorable: true }),
    rackId: nullable(string, { versions: "3+", default: null, ignorable: true }),
  },
);
export type ConsumerProtocolSubscription = Infer<typeof ConsumerProtocolSubscription>;
