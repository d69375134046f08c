/** Subscription of a member of a consumer group (KIP-848). */
import { array, bytes, field, type Infer, int32, message, nullable, string, struct } from "../schema.ts";

export const ConsumerGroupMemberMetadataKey = message(
  { name: "ConsumerGroupMemberMetadataKey", apiKey: 5, validVersions: "0", flexibleVersions: "none" },
  {
    groupId: string,
    memberId: string,
  },
);
export type ConsumerGroupMemberMetadataKey = Infer<typeof ConsumerGroupMemberMetadataKey>;

export const ConsumerGroupMemberMetadataValue = message(
  { name: "ConsumerGroupMemberMetadataValue", apiKey: 5, validVersions: "0", flexibleVersions: "0+" },
  {
    instanceId: nullable(string),
    rackId: nullable(string),
    clientId: string,
    clientHost: string,
    subscribedTopicNames: array(string),
    subscribedTopicRegex: nullable(string),
    rebalanceTimeoutMs: field(int32, { default: -1 }),
    serverAssignor: nullable(string),
    classicMemberMetadata: nullable(
      struct({
        sessionTimeoutMs: int32,
        supportedProtocols: array({
          name: string,
          metadata: bytes,
        }),
      }),
      { tag: 0 },
    ),
  },
);
export type ConsumerGroupMemberMetadataValue = Infer<typeof ConsumerGroupMemberMetadataValue>;
