/**
 * Produce (0), versions 3-13: appends record batches to partitions. Topic ids instead of names from 13 on (KIP-516);
 * acks, transactional or not, decide when it is answered.
 */
import {
  array,
  field,
  type Infer,
  int16,
  int32,
  int64,
  message,
  nullable,
  records,
  string,
  struct,
  uuid,
} from "../schema.ts";

export const ProduceRequest = message(
  { name: "ProduceRequest", apiKey: 0, validVersions: "3-13", flexibleVersions: "9+" },
  {
    transactionalId: nullable(string, { default: null }),
    acks: int16,
    timeoutMs: int32,
    topicData: array({
      name: field(string, { versions: "3-12", ignorable: true }),
      topicId: field(uuid, { versions: "13+", ignorable: true }),
      partitionData: array({
        index: int32,
        records: nullable(records, { default: null }),
      }),
    }),
  },
);
export type ProduceRequest = Infer<typeof ProduceRequest>;

export const ProduceResponse = message(
  { name: "ProduceResponse", apiKey: 0, validVersions: "3-13", flexibleVersions: "9+" },
  {
    responses: array({
      name: field(string, { versions: "3-12", ignorable: true }),
      topicId: field(uuid, { versions: "13+", ignorable: true }),
      partitionResponses: array({
        index: int32,
        errorCode: int16,
        baseOffset: int64,
        logAppendTimeMs: field(int64, { default: -1 }),
        logStartOffset: field(int64, { versions: "5+", default: -1, ignorable: true }),
        recordErrors: field(
          array({
            batchIndex: int32,
            batchIndexErrorMessage: nullable(string, { default: null }),
          }),
          { versions: "8+", ignorable: true },
        ),
        errorMessage: nullable(string, { versions: "8+", default: null, ignorable: true }),
        currentLeader: field(
          struct({
            leaderId: field(int32, { default: -1 }),
            leaderEpoch: field(int32, { default: -1 }),
          }),
          { versions: "10+", tag: 0 },
        ),
      }),
    }),
    throttleTimeMs: field(int32, { default: 0 }),
    nodeEndpoints: field(
      array({
        nodeId: int32,
        host: string,
        port: int32,
        rack: nullable(string, { default: null }),
      }),
      { versions: "10+", tag: 0 },
    ),
  },
);
export type ProduceResponse = Infer<typeof ProduceResponse>;
