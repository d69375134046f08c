/** The producers of a partition, as a `.snapshot` file holds them. */
import { array, type Infer, int16, int32, int64, message, uint32, wideInt64 } from "../schema.ts";

export const ProducerSnapshot = message(
  { name: "ProducerSnapshot", validVersions: "1", flexibleVersions: "none" },
  {
    crc: uint32,
    producerEntries: array({
      producerId: int64,
      epoch: int16,
      lastSequence: int32,
      lastOffset: int64,
      offsetDelta: int32,
      timestamp: wideInt64,
      coordinatorEpoch: int32,
      currentTxnFirstOffset: int64,
    }),
  },
);
export type ProducerSnapshot = Infer<typeof ProducerSnapshot>;
