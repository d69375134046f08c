import { createRuntime } from "#adapter";
import { ListOffsetsRequest } from "../../../src/protocol/messages/list-offsets.ts";
import * as RecordBatch from "../../../src/record/record-batch.ts";
import { batch, createTopic, produce } from "./record-requests.ts";
import type { Scenario } from "./scenario.ts";

const { checksums } = createRuntime();
const TOPIC = "sbs-exact-times";
/** Of a producer that counts nanoseconds, where milliseconds are meant: no number holds it exactly. */
const NANOSECONDS = 1_700_000_000_123_456_789n;
const LATEST = 2n ** 63n - 1n;

/** The same records, which are 10 apart, from this time on. */
function startingAt(timestamp: bigint, records: Uint8Array): Uint8Array {
  const last = BigInt(10 * RecordBatch.lastOffsetDelta(records, 0));
  RecordBatch.setExactBaseTimestamp(records, 0, timestamp);
  RecordBatch.setExactMaxTimestamp(records, 0, timestamp + last);
  RecordBatch.writeChecksum(records, 0, checksums);
  return records;
}

export const exactTimeScenarios: Scenario[] = [
  {
    name: "times that no number holds are taken and told alike",
    async run(transcript) {
      const find = (step: string, timestamp: number | bigint) =>
        transcript.ask(step, ListOffsetsRequest, 11, {
          replicaId: -1,
          topics: [{ name: TOPIC, partitions: [{ partitionIndex: 0, timestamp }] }],
        });
      const send = (step: string, timestamp: bigint, records: Uint8Array) =>
        produce(transcript, step, TOPIC, [{ index: 0, records: startingAt(timestamp, records) }]);
      await createTopic(transcript, TOPIC, { "message.timestamp.after.max.ms": String(LATEST) });
      const idempotent = { producerId: 77, producerEpoch: 0 };
      await send("nanoseconds", NANOSECONDS, batch(3, { ...idempotent, baseSequence: 0 }));
      await send("compressed", NANOSECONDS + 100n, batch(3, { compression: "zstd" }));
      await send("long ago", -NANOSECONDS, batch(1));
      for (const later of [-1n, 0n, 1n, 10n, 11n, 20n, 21n, 105n, 120n, 121n]) {
        await find(`${later} later`, NANOSECONDS + later);
      }
      await find("the largest", -3);
      await send("the latest there is", LATEST, batch(1, { ...idempotent, baseSequence: 3 }));
      await find("the largest", -3);
      await find("the latest", LATEST);
    },
  },
];
