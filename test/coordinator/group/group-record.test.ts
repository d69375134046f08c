import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createSimulatedRuntime } from "../../../adapters/simulator/index.ts";
import { groupRecordSerde } from "../../../src/coordinator/group/group-record.ts";
import { buildBatch } from "../../../src/record/batch-builder.ts";
import { decodeRecords } from "../../../src/record/record.ts";
import * as RecordBatch from "../../../src/record/record-batch.ts";
import { describeRecord } from "../group-scenario.ts";

/**
 * The log of a partition of `__consumer_offsets` as Apache Kafka 4.4 wrote it: a group of kcat, a static member of the
 * Java consumer, simple commits (one with a retention time), an OffsetDelete, a DeleteGroups, two transactions.
 */
const golden = new Uint8Array(readFileSync(new URL("../golden/consumer-offsets.log", import.meta.url)));
const runtime = createSimulatedRuntime({ seed: 1 });

const batches = [...RecordBatch.batchPositions(golden)].filter((at) => !RecordBatch.isControlBatch(golden, at));

describe("records of __consumer_offsets", () => {
  it("are read as Apache Kafka wrote them", () => {
    const lines = batches
      .flatMap((at) => decodeRecords(golden, at, runtime.compression))
      .map(({ offset, key, value }) => `${offset}: ${describeRecord(groupRecordSerde.deserialize(key!, value)!)}`)
      .map((line) =>
        line
          .replace(/-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\([^)]*\)/g, "-…")
          .replace(/-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "-…"),
      );
    expect(lines).toEqual([
      '0: kcat-group generation 0 "" null leader null',
      '1: kcat-group generation 1 "consumer" range leader rdkafka-… rdkafka-…',
      "2: kcat-group orders-0@10",
      '3: kcat-group generation 2 "consumer" null leader null',
      '4: static-group generation 0 "" null leader null',
      '5: static-group generation 1 "consumer" range leader i-1-… i-1-…',
      "6: static-group orders-0@10",
      "7: static-group orders-1@0",
      "8: simple-group orders-0@7",
      "9: simple-group orders-1@9",
      "10: simple-group orders-0 tombstone",
      "11: doomed-group orders-1@9",
      "12: doomed-group orders-1 tombstone",
      "13: doomed-group tombstone",
      "14: copier-group orders-0@3",
      "16: copier-group orders-0@6",
    ]);
  });

  it("are written to the same bytes, batch for batch", () => {
    for (const at of batches) {
      const records = decodeRecords(golden, at, runtime.compression).map(({ timestamp, key, value }) => ({
        timestamp,
        ...groupRecordSerde.serialize(groupRecordSerde.deserialize(key!, value)!),
      }));
      const rebuilt = buildBatch(
        {
          records,
          baseSequence: 0,
          baseOffset: RecordBatch.baseOffset(golden, at),
          leaderEpoch: RecordBatch.partitionLeaderEpoch(golden, at),
          producerId: RecordBatch.producerId(golden, at),
          producerEpoch: RecordBatch.producerEpoch(golden, at),
          transactional: RecordBatch.isTransactional(golden, at),
        },
        runtime,
      );
      expect(rebuilt).toEqual(golden.slice(at, at + RecordBatch.sizeInBytes(golden, at)));
    }
  });

  it("of unknown kinds and versions are left alone", () => {
    expect(groupRecordSerde.deserialize(Uint8Array.of(0, 3, 0, 1, 103), Uint8Array.of(0, 0))).toBeUndefined();
    expect(groupRecordSerde.deserialize(Uint8Array.of(0, 2, 0, 1, 103), Uint8Array.of(0, 9, 1, 2))).toBeUndefined();
    expect(groupRecordSerde.deserialize(Uint8Array.of(1), null)).toBeUndefined();
  });
});
