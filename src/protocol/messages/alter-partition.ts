/**
 * AlterPartition (56), versions 2-3: asks the controller to change an ISR (KIP-497); with broker epochs from 3 on
 * (KIP-903).
 */
import { array, field, type Infer, int8, int16, int32, int64, message, uuid } from "../schema.ts";

export const AlterPartitionRequest = message(
  { name: "AlterPartitionRequest", apiKey: 56, validVersions: "2-3", flexibleVersions: "0+" },
  {
    brokerId: int32,
    brokerEpoch: field(int64, { default: -1 }),
    topics: array({
      topicId: uuid,
      partitions: array({
        partitionIndex: int32,
        leaderEpoch: int32,
        newIsr: field(array(int32), { versions: "2" }),
        newIsrWithEpochs: field(
          array({
            brokerId: int32,
            brokerEpoch: field(int64, { default: -1 }),
          }),
          { versions: "3+" },
        ),
        leaderRecoveryState: field(int8, { default: 0 }),
        partitionEpoch: int32,
      }),
    }),
  },
);
export type AlterPartitionRequest = Infer<typeof AlterPartitionRequest>;

export const AlterPartitionResponse = message(
  { name: "AlterPartitionResponse", apiKey: 56, validVersions: "2-3", flexibleVersions: "0+" },
  {
    throttleTimeMs: field(int32, { default: 0 }),
    errorCode: int16,
    topics: array({
      topicId: uuid,
      partitions: array({
        partitionIndex: int32,
        errorCode: int16,
        leaderId: int32,
        leaderEpoch: int32,
        isr: array(int32),
        leaderRecoveryState: field(int8, { default: 0 }),
        partitionEpoch: int32,
      }),
    }),
  },
);
export type AlterPartitionResponse = Infer<typeof AlterPartitionResponse>;
