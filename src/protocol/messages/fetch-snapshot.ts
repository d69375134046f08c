/** FetchSnapshot (59), versions 0-1: reads a piece of a metadata snapshot (KIP-630). */
import {
  array,
  field,
  type Infer,
  int16,
  int32,
  int64,
  message,
  nullable,
  recordParts,
  string,
  struct,
  uint16,
  uuid,
} from "../schema.ts";

export const FetchSnapshotRequest = message(
  { name: "FetchSnapshotRequest", apiKey: 59, validVersions: "0-1", flexibleVersions: "0+" },
  {
    clusterId: nullable(string, { default: null, tag: 0 }),
    replicaId: field(int32, { default: -1 }),
    maxBytes: field(int32, { default: 2_147_483_647 }),
    topics: array({
      name: string,
      partitions: array({
        partition: int32,
        currentLeaderEpoch: int32,
        snapshotId: struct({
          endOffset: int64,
          epoch: int32,
        }),
        position: int64,
        replicaDirectoryId: field(uuid, { versions: "1+", tag: 0, ignorable: true }),
      }),
    }),
  },
);
export type FetchSnapshotRequest = Infer<typeof FetchSnapshotRequest>;

export const FetchSnapshotResponse = message(
  { name: "FetchSnapshotResponse", apiKey: 59, validVersions: "0-1", flexibleVersions: "0+" },
  {
    throttleTimeMs: field(int32, { default: 0 }),
    errorCode: int16,
    topics: array({
      name: string,
      partitions: array({
        index: int32,
        errorCode: int16,
        snapshotId: struct({
          endOffset: int64,
          epoch: int32,
        }),
        currentLeader: field(
          struct({
            leaderId: int32,
            leaderEpoch: int32,
          }),
          { tag: 0 },
        ),
        size: int64,
        position: int64,
        unalignedRecords: recordParts,
      }),
    }),
    nodeEndpoints: field(
      array({
        nodeId: int32,
        host: string,
        port: uint16,
      }),
      { versions: "1+", tag: 0 },
    ),
  },
);
export type FetchSnapshotResponse = Infer<typeof FetchSnapshotResponse>;
