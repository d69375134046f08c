import { createRuntime } from "#adapter";
import { FetchRequest } from "../../../src/protocol/messages/fetch.ts";
import { ProduceRequest } from "../../../src/protocol/messages/produce.ts";
import { buildBatch } from "../../../src/record/batch-builder.ts";
import { batch, createTopic, fetchBody, fetchPartition, produce, START_MS, topicIdOf } from "./record-requests.ts";
import { type Scenario, versionsOf } from "./scenario.ts";

const runtime = createRuntime();
const encoder = new TextEncoder();

export const produceScenarios: Scenario[] = [
  {
    name: "records are accepted, stored and served alike",
    async run(transcript) {
      await createTopic(transcript, "sbs-records");
      const topicId = await topicIdOf(transcript, "sbs-records");
      for (const version of versionsOf(ProduceRequest)) {
        await produce(transcript, "produce", "sbs-records", [{ index: 0, records: batch(3) }], { version, topicId });
      }
      await produce(transcript, "acks 1", "sbs-records", [{ index: 0, records: batch(1) }], { acks: 1 });
      for (const codec of ["gzip", "snappy", "lz4", "zstd"] as const) {
        await produce(transcript, codec, "sbs-records", [{ index: 0, records: batch(20, { compression: codec }) }]);
      }
      for (const version of versionsOf(FetchRequest)) {
        const body = fetchBody("sbs-records", topicId, version, [fetchPartition(0, 2), fetchPartition(1, 0)]);
        await transcript.ask("fetch", FetchRequest, version, body);
      }
    },
  },
  {
    name: "produce is refused alike",
    async run(transcript) {
      await createTopic(transcript, "sbs-refused");
      await createTopic(transcript, "sbs-compacted", { "cleanup.policy": "compact" });
      await createTopic(transcript, "sbs-small", { "max.message.bytes": "200" });
      await createTopic(transcript, "sbs-times", { "message.timestamp.before.max.ms": "1000" });
      const one = (records: Uint8Array | null) => [{ index: 0, records }];
      const attempt = (step: string, records: Uint8Array | null, options = {}) =>
        produce(transcript, step, "sbs-refused", one(records), options);
      const damaged = (change: (bytes: Uint8Array, view: DataView) => void, crc = true) => {
        const bytes = batch(3);
        const view = new DataView(bytes.buffer, bytes.byteOffset);
        change(bytes, view);
        if (crc) view.setUint32(17, runtime.checksums.crc32c(bytes.subarray(21)));
        return bytes;
      };
      await attempt("acks 2", batch(1), { acks: 2 });
      await produce(transcript, "acks 2 for a missing topic", "sbs-none", one(batch(1)), { acks: 2 });
      await attempt("acks 2 and no records", new Uint8Array(0), { acks: 2 });
      await attempt("no records", new Uint8Array(0));
      await attempt(
        "a wrong crc",
        damaged((bytes) => bytes.fill(7, 70, 72), false),
      );
      await attempt(
        "magic 1",
        damaged((bytes) => bytes.fill(1, 16, 17)),
      );
      await attempt(
        "an unknown codec",
        damaged((_, view) => view.setInt16(21, 6)),
      );
      await attempt(
        "a control batch",
        damaged((_, view) => view.setInt16(21, 0x20)),
      );
      await attempt(
        "too high a count",
        damaged((_, view) => view.setInt32(57, 9)),
      );
      await attempt(
        "too low a count",
        damaged((_, view) => view.setInt32(57, 1)),
      );
      await attempt(
        "a last offset that lies",
        damaged((_, view) => view.setInt32(23, 9)),
      );
      await attempt(
        "a negative base offset",
        damaged((_, view) => view.setBigInt64(0, -5n)),
      );
      await attempt(
        "a base offset of its own",
        damaged((_, view) => view.setBigInt64(0, 500n)),
      );
      await attempt("two batches", Uint8Array.from([...batch(1), ...batch(1)]));
      await attempt("a truncated batch", batch(3).slice(0, 80));
      await attempt(
        "a transactional batch",
        batch(1, { transactional: true, producerId: 5, producerEpoch: 0, baseSequence: 0 }),
      );
      await produce(transcript, "a missing topic", "sbs-nothing", one(batch(1)));
      await produce(transcript, "an invalid topic", "a b", one(batch(1)));
      await produce(transcript, "a missing partition", "sbs-refused", [{ index: 9, records: batch(1) }]);
      await produce(transcript, "a negative partition", "sbs-refused", [{ index: -1, records: batch(1) }]);
      await produce(transcript, "an unknown topic id", "", one(batch(1)), {
        version: 13,
        topicId: "5L6g3nShT-eMCtK--X86sw",
      });
      await produce(transcript, "without a topic id", "", one(batch(1)), { version: 13 });
      await produce(
        transcript,
        "no key on a compacted topic",
        "sbs-compacted",
        one(
          buildBatch(
            {
              records: [
                { timestamp: START_MS, key: encoder.encode("k"), value: null },
                { timestamp: START_MS, key: null, value: null },
              ],
            },
            runtime,
          ),
        ),
      );
      await produce(transcript, "too large", "sbs-small", one(batch(30)));
      await produce(transcript, "too old", "sbs-times", one(batch(2)));
      await produce(transcript, "zstd too early", "sbs-refused", one(batch(2, { compression: "zstd" })), {
        version: 6,
      });
    },
  },
];
