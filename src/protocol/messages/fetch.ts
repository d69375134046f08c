/**
 * Fetch (1), versions 4-18: reads record batches, for consumers and for followers. Sessions from 7 on (KIP-227),
 * closest replica from 11 (KIP-392), topic ids from 13 (KIP-516).
 */
import {
  array,
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
  wideInt64,
} from "../schema.ts";

export const FetchRequest = message(
  { name: "FetchRequest", apiKey: 1, validVersions: "4-18", flexibleVersions: "12+" },
  {
    clusterId: nullable(string, { versions: "12+", default: null, tag: 0, ignorable: true }),
    replicaId: field(int32, { versions: "4-14", default: -1 }),
    replicaState: field(
      struct({
        replicaId: field(int32, { default: -1 }),
        replicaEpoch: field(int64, { default: -1 }),
      }),
      { versions: "15+", tag: 1 },
    ),
    maxWaitMs: int32,
    minBytes: int32,
    maxBytes: field(int32, { default: 2_147_483_647 }),
    isolationLevel: field(int8, { default: 0 }),
    sessionId: field(int32, { versions: "7+", default: 0, ignorable: true }),
    sessionEpoch: field(int32, { versions: "7+", default: -1, ignorable: true }),
    topics: array({
      topic: field(string, { versions: "4-12", ignorable: true }),
      topicId: field(uuid, { versions: "13+", ignorable: true }),
      partitions: array({
        partition: int32,
        currentLeaderEpoch: field(int32, { versions: "9+", default: -1, ignorable: true }),
        fetchOffset: wideInt64,
        lastFetchedEpoch: field(int32, { versions: "12+", default: -1 }),
        logStartOffset: field(wideInt64, { versions: "5+", default: -1, ignorable: true }),
        partitionMaxBytes: int32,
        replicaDirectoryId: field(uuid, { versions: "17+", tag: 0, ignorable: true }),
        highWatermark: field(wideInt64, {
          versions: "18+",
          default: 9_223_372_036_854_775_807n,
          tag: 1,
          ignorable: true,
        }),
      }),
    }),
    forgottenTopicsData: field(
      array({
        topic: field(string, { versions: "7-12", ignorable: true }),
        topicId: field(uuid, { versions: "13+", ignorable: true }),
        partitions: array(int32),
      }),
      { versions: "7+" },
    ),
    rackId: field(string, { versions: "11+", ignorable: true }),
  },
);
export type FetchRequest = Infer<typeof FetchRequest>;

export const FetchResponse = message(
  { name: "FetchResponse", apiKey: 1, validVersions: "4-18", flexibleVersions: "12+" },
  {
    throttleTimeMs: field(int32, { default: 0 }),
    errorCode: field(int16, { versions: "7+", ignorable: true }),
    sessionId: field(int32, { versions: "7+", default: 0 }),
    responses: array({
      topic: field(string, { versions: "4-12", ignorable: true }),
      topicId: field(uuid, { versions: "13+", ignorable: true }),
      partitions: array({
        partitionIndex: int32,
        errorCode: int16,
        highWatermark: int64,
        lastStableOffset: field(int64, { default: -1 }),
        logStartOffset: field(int64, { versions: "5+", default: -1, ignorable: true }),
        divergingEpoch: field(
          struct({
            epoch: field(int32, { default: -1 }),
            endOffset: field(int64, { default: -1 }),
          }),
          { versions: "12+", tag: 0 },
        ),
        currentLeader: field(
          struct({
            leaderId: field(int32, { default: -1 }),
            leaderEpoch: field(int32, { default: -1 }),
          }),
          { versions: "12+", tag: 1 },
        ),
        snapshotId: field(
          struct({
            endOffset: field(int64, { default: -1 }),
            epoch: field(int32, { default: -1 }),
          }),
          { versions: "12+", tag: 2 },
        ),
        abortedTransactions: nullable(
          array({
            producerId: int64,
            firstOffset: int64,
          }),
        ),
        preferredReadReplica: field(int32, { versions: "11+", default: -1 }),
        records: nullable(recordParts, { default: null }),
      }),
    }),
    nodeEndpoints: field(
      array({
        nodeId: int32,
        host: string,
        port: int32,
        rack: nullable(string, { default: null }),
      }),
      { versions: "16+", tag: 0 },
    ),
  },
);
export type FetchResponse = Infer<typeof FetchResponse>;
