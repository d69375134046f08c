/** ShareAcknowledge (79), versions 1-2: acknowledges records of share partitions (KIP-932). */
import {
  array,
  boolean,
  field,
  type Infer,
  int8,
  int16,
  int32,
  int64,
  message,
  nullable,
  string,
  struct,
  uuid,
} from "../schema.ts";

export const ShareAcknowledgeRequest = message(
  { name: "ShareAcknowledgeRequest", apiKey: 79, validVersions: "1-2", flexibleVersions: "0+" },
  {
    groupId: nullable(string, { default: null }),
    memberId: nullable(string),
    shareSessionEpoch: int32,
    isRenewAck: field(boolean, { versions: "2+", default: false }),
    topics: array({
      topicId: uuid,
      partitions: array({
        partitionIndex: int32,
        acknowledgementBatches: array({
          firstOffset: int64,
          lastOffset: int64,
          acknowledgeTypes: array(int8),
        }),
      }),
    }),
  },
);
export type ShareAcknowledgeRequest = Infer<typeof ShareAcknowledgeRequest>;

export const ShareAcknowledgeResponse = message(
  { name: "ShareAcknowledgeResponse", apiKey: 79, validVersions: "1-2", flexibleVersions: "0+" },
  {
    throttleTimeMs: field(int32, { default: 0 }),
    errorCode: int16,
    errorMessage: nullable(string, { default: null }),
    acquisitionLockTimeoutMs: field(int32, { versions: "2+", ignorable: true }),
    responses: array({
      topicId: uuid,
      partitions: array({
        partitionIndex: int32,
        errorCode: int16,
        errorMessage: nullable(string, { default: null }),
        currentLeader: struct({
          leaderId: int32,
          leaderEpoch: int32,
        }),
      }),
    }),
    nodeEndpoints: array({
      nodeId: int32,
      host: string,
      port: int32,
      rack: nullable(string, { default: null }),
    }),
  },
);
export type ShareAcknowledgeResponse = Infer<typeof ShareAcknowledgeResponse>;
