/** A member of a streams group (KIP-1071). */
import { array, field, type Infer, int32, message, nullable, string, struct, uint16 } from "../schema.ts";

export const StreamsGroupMemberMetadataKey = message(
  { name: "StreamsGroupMemberMetadataKey", apiKey: 19, validVersions: "0", flexibleVersions: "none" },
  {
    groupId: string,
    memberId: string,
  },
);
export type StreamsGroupMemberMetadataKey = Infer<typeof StreamsGroupMemberMetadataKey>;

const Endpoint = struct({
  host: string,
  port: uint16,
});

const KeyValue = struct({
  key: string,
  value: string,
});

export const StreamsGroupMemberMetadataValue = message(
  { name: "StreamsGroupMemberMetadataValue", apiKey: 19, validVersions: "0", flexibleVersions: "0+" },
  {
    instanceId: nullable(string),
    rackId: nullable(string),
    clientId: string,
    clientHost: string,
    rebalanceTimeoutMs: field(int32, { default: -1 }),
    topologyEpoch: int32,
    processId: string,
    userEndpoint: nullable(Endpoint, { default: null }),
    clientTags: array(KeyValue),
  },
);
export type StreamsGroupMemberMetadataValue = Infer<typeof StreamsGroupMemberMetadataValue>;
