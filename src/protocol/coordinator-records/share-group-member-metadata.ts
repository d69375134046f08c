/** Subscription of a member of a share group (KIP-932). */
import { array, type Infer, message, nullable, string } from "../schema.ts";

export const ShareGroupMemberMetadataKey = message(
  { name: "ShareGroupMemberMetadataKey", apiKey: 10, validVersions: "0", flexibleVersions: "none" },
  {
    groupId: string,
    memberId: string,
  },
);
export type ShareGroupMemberMetadataKey = Infer<typeof ShareGroupMemberMetadataKey>;

export const ShareGroupMemberMetadataValue = message(
  { name: "ShareGroupMemberMetadataValue", apiKey: 10, validVersions: "0", flexibleVersions: "0+" },
  {
    rackId: nullable(string),
    clientId: string,
    clientHost: string,
    subscribedTopicNames: array(string),
  },
);
export type ShareGroupMemberMetadataValue = Infer<typeof ShareGroupMemberMetadataValue>;
