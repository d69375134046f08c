/** ShareFetch (78), versions 1-2: acquires records of share partitions and acknowledges earlier ones (KIP-932). */
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
  recordParts,
  string,
  struct,
  uuid,
} from "../schema.ts";

export const ShareFetchRequest = message(
  { name: "ShareFetchRequest", apiKey: 78, validVersions: "1-2", flexibleVersions: "0+" },
  {
    groupId: nullable(string, { default: null }),
    memberId: nullable(string),
    shareSessionEpoch: int32,
    maxWaitMs: int32,
    minBytes: int32,
    maxBytes: field(int32, { default: 2_147_483_647 }),
    maxRecords: int32,
    batchSize: int32,
    shareAcquireMode: field(int8, { versions: "2+", default: 0, ignorable: true }),
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
    forgottenTopicsData: array({
      topicId: uuid,
      partitions: array(int32),
    }),
  },
);
export type ShareFetchRequest = Infer<typeof ShareFetchRequest>;

export const ShareFetchResponse = message(
  { name: "ShareFetchResponse", apiKey: 78, validVersions: "1-2", flexibleVersions: "0+" },
  {
    throttleTimeMs: field(int32, { default: 0 }),
    errorCode: int16,
    errorMessage: nullable(string, { default: null }),
    acquisitionLockTimeoutMs: int32,
    responses: array({
      topicId: uuid,
      partitions: array({
        partitionIndex: int32,
        errorCode: int16,
        errorMessage: nullable(string, { default: null }),
        acknowledgeErrorCode: int16,
        acknowledgeErrorMessage: nullable(string, { default: null }),
        currentLeader: struct({
          leaderId: int32,
          leaderEpoch: int32,
        }),
        records: recordParts,
        acquiredRecords: array({
          firstOffset: int64,
          lastOffset: int64,
          deliveryCount: int16,
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
export type ShareFetchResponse = Infer<typeof ShareFetchResponse>;
