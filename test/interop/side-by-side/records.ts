import { createRuntime } from "#adapter";
import { ErrorCode } from "../../../src/protocol/error-codes.ts";
import { CreateTopicsRequest } from "../../../src/protocol/messages/create-topics.ts";
import { DeleteRecordsRequest } from "../../../src/protocol/messages/delete-records.ts";
import { DescribeProducersRequest } from "../../../src/protocol/messages/describe-producers.ts";
import { FetchRequest, FetchResponse } from "../../../src/protocol/messages/fetch.ts";
import { InitProducerIdRequest, InitProducerIdResponse } from "../../../src/protocol/messages/init-producer-id.ts";
import { ListOffsetsRequest } from "../../../src/protocol/messages/list-offsets.ts";
import { MetadataRequest, MetadataResponse } from "../../../src/protocol/messages/metadata.ts";
import { OffsetForLeaderEpochRequest } from "../../../src/protocol/messages/offset-for-leader-epoch.ts";
import { ProduceRequest } from "../../../src/protocol/messages/produce.ts";
import type { Input } from "../../../src/protocol/schema.ts";
import { ZERO_UUID } from "../../../src/protocol/uuid.ts";
import { type BatchInput, buildBatch } from "../../../src/record/batch-builder.ts";
import { applied } from "./applied.ts";
import { type Scenario, sleep, type Transcript, versionsOf } from "./scenario.ts";

const runtime = createRuntime();
const START_MS = 1_700_000_000_000;
const encoder = new TextEncoder();

/** Records with the same content on both brokers, so that what they store can be compared byte for byte. */
export function batch(count: number, options: Partial<BatchInput> = {}): Uint8Array {
  const records = Array.from({ length: count }, (_, index) => ({
    timestamp: START_MS + index * 10,
    key: encoder.encode(`key-${index}`),
    value: encoder.encode(`value-${index}`),
    headers: [{ key: "header", value: encoder.encode(String(index)) }],
  }));
  return buildBatch({ records, ...options }, runtime);
}

export async function createTopic(transcript: Transcript, name: string, configs: Record<string, string> = {}) {
  await transcript.connection.ask(CreateTopicsRequest, 7, {
    topics: [
      {
        name,
        numPartitions: 2,
        replicationFactor: 1,
        assignments: [],
        // The records are old, and Apache Kafka would start to delete them in the middle of a run.
        configs: Object.entries({ "retention.ms": "-1", ...configs }).map(([key, value]) => ({ name: key, value })),
      },
    ],
    timeoutMs: 10_000,
  });
  await applied(transcript.connection);
}

async function topicIdOf(transcript: Transcript, name: string): Promise<string> {
  const { topics } = await transcript.call("topic id", MetadataRequest, MetadataResponse, 12, {
    topics: [{ name }],
    allowAutoTopicCreation: false,
  });
  return topics[0]!.topicId;
}

type PartitionData = Input<typeof ProduceRequest>["topicData"][number]["partitionData"][number];

export function produce(
  transcript: Transcript,
  step: string,
  name: string,
  partitionData: PartitionData[],
  { version = 12, acks = -1, topicId = ZERO_UUID, transactionalId = null as string | null } = {},
) {
  const topic = version >= 13 ? { topicId, partitionData } : { name, partitionData };
  return transcript.ask(step, ProduceRequest, version, { transactionalId, acks, timeoutMs: 5_000, topicData: [topic] });
}

type FetchPartition = Input<typeof FetchRequest>["topics"][number]["partitions"][number];
export const fetchPartition = (
  partition: number,
  fetchOffset: number,
  more: Partial<FetchPartition> = {},
): FetchPartition => ({
  partition,
  fetchOffset,
  partitionMaxBytes: 1 << 20,
  ...more,
});

function fetchBody(
  name: string,
  topicId: string,
  version: number,
  partitions: FetchPartition[],
): Input<typeof FetchRequest> {
  return {
    maxWaitMs: 100,
    minBytes: 1,
    maxBytes: 1 << 20,
    topics: [version >= 13 ? { topicId, partitions } : { topic: name, partitions }],
  };
}

/** Apache Kafka asks a client to come again while it fetches its first block of ids. */
async function initProducerId(transcript: Transcript): Promise<number> {
  for (;;) {
    const answer = await transcript.connection.call(InitProducerIdRequest, InitProducerIdResponse, 4, {
      transactionalId: null,
      transactionTimeoutMs: 60_000,
    });
    if (answer.errorCode === ErrorCode.NONE) return answer.producerId;
    if (answer.errorCode !== ErrorCode.COORDINATOR_LOAD_IN_PROGRESS) throw new Error(`error ${answer.errorCode}`);
    await sleep(50);
  }
}

function listOffsets(transcript: Transcript, step: string, name: string, timestamp: number, version = 11, more = {}) {
  return transcript.ask(step, ListOffsetsRequest, version, {
    replicaId: -1,
    topics: [{ name, partitions: [{ partitionIndex: 0, timestamp, ...more }] }],
  });
}

export const recordScenarios: Scenario[] = [
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
  {
    name: "idempotent producers are followed alike",
    async run(transcript) {
      await createTopic(transcript, "sbs-idempotent");
      const producerId = await initProducerId(transcript);
      const send = (step: string, count: number, producerEpoch: number, baseSequence: number, id = producerId) =>
        produce(transcript, step, "sbs-idempotent", [
          { index: 0, records: batch(count, { producerId: id, producerEpoch, baseSequence }) },
        ]);
      await send("first", 3, 0, 0);
      await send("again", 3, 0, 0);
      await send("next", 2, 0, 3);
      await send("a gap", 2, 0, 9);
      await send("the first again", 3, 0, 0);
      await send("half of it", 2, 0, 0);
      await send("a new epoch from the middle", 2, 1, 5);
      await send("a new epoch", 2, 1, 0);
      await send("the old epoch", 2, 0, 5);
      await send("an unknown producer from the middle", 1, 0, 7, producerId + 100_000);
      await send("no epoch", 1, -1, 0);
      await transcript.ask("producers", DescribeProducersRequest, 0, {
        topics: [
          { name: "sbs-idempotent", partitionIndexes: [0, 1, 7] },
          { name: "sbs-none", partitionIndexes: [0] },
        ],
      });
      for (const version of versionsOf(InitProducerIdRequest).filter((each) => each <= 5)) {
        const answer = (await transcript.connection.ask(InitProducerIdRequest, version, {
          transactionalId: null,
          transactionTimeoutMs: 60_000,
        })) as Input<typeof InitProducerIdResponse>;
        transcript.note("init in every version", { ...answer, producerId: (answer.producerId ?? -1) >= 0 });
      }
      await transcript.ask("a null epoch with an id", InitProducerIdRequest, 4, {
        transactionalId: null,
        transactionTimeoutMs: 60_000,
        producerId: 7,
        producerEpoch: -1,
      });
    },
  },
  {
    name: "fetch refuses alike",
    async run(transcript) {
      await createTopic(transcript, "sbs-fetch");
      const topicId = await topicIdOf(transcript, "sbs-fetch");
      await produce(transcript, "produce", "sbs-fetch", [{ index: 0, records: batch(5) }]);
      const attempt = (
        step: string,
        version: number,
        partitions: FetchPartition[],
        more: Partial<Input<typeof FetchRequest>> = {},
      ) =>
        transcript.ask(step, FetchRequest, version, {
          ...fetchBody("sbs-fetch", topicId, version, partitions),
          ...more,
        });
      for (const version of [4, 11, 12, 13, 17]) {
        await attempt("beyond the end", version, [fetchPartition(0, 100)]);
        await attempt("a negative offset", version, [fetchPartition(0, -5)]);
        await attempt("a missing partition", version, [fetchPartition(7, 0)]);
        await attempt("at the end", version, [fetchPartition(0, 5)]);
      }
      await attempt("an old leader epoch", 17, [fetchPartition(0, 0, { currentLeaderEpoch: -2 })]);
      await attempt("a future leader epoch", 17, [fetchPartition(0, 0, { currentLeaderEpoch: 9 })]);
      await attempt("a diverging epoch", 17, [fetchPartition(0, 3, { lastFetchedEpoch: 0, currentLeaderEpoch: 0 })]);
      await attempt("an epoch that never was", 17, [
        fetchPartition(0, 3, { lastFetchedEpoch: 5, currentLeaderEpoch: 0 }),
      ]);
      await attempt("the largest offset", 17, [fetchPartition(0, 0, { fetchOffset: 9223372036854775807n })]);
      await attempt("few bytes", 17, [fetchPartition(0, 0, { partitionMaxBytes: 10 })]);
      await attempt("few bytes in all", 17, [fetchPartition(0, 0)], { maxBytes: 1 });
      await attempt("no bytes", 17, [fetchPartition(0, 0, { partitionMaxBytes: 0 })], { maxBytes: 0 });
      await transcript.ask("an unknown topic id", FetchRequest, 17, {
        maxWaitMs: 10,
        minBytes: 1,
        topics: [{ topicId: "5L6g3nShT-eMCtK--X86sw", partitions: [fetchPartition(0, 0)] }],
      });
      await transcript.ask("an unknown topic", FetchRequest, 12, {
        maxWaitMs: 10,
        minBytes: 1,
        topics: [{ topic: "sbs-none", partitions: [fetchPartition(0, 0)] }],
      });
      await transcript.ask("an unknown session", FetchRequest, 17, {
        maxWaitMs: 10,
        minBytes: 1,
        sessionId: 12345,
        sessionEpoch: 3,
        topics: [],
      });
      await transcript.ask("a session epoch without a session", FetchRequest, 17, {
        maxWaitMs: 10,
        minBytes: 1,
        sessionId: 0,
        sessionEpoch: 3,
        topics: [],
      });
      const opened = await transcript.call("a new session", FetchRequest, FetchResponse, 17, {
        ...fetchBody("", topicId, 17, [fetchPartition(0, 5), fetchPartition(1, 0)]),
        sessionId: 0,
        sessionEpoch: 0,
      });
      const go = (step: string, sessionEpoch: number, more: Partial<Input<typeof FetchRequest>> = {}) =>
        transcript.ask(step, FetchRequest, 17, {
          maxWaitMs: 10,
          minBytes: 1,
          topics: [],
          sessionId: opened.sessionId,
          sessionEpoch,
          ...more,
        });
      await go("the session, nothing new", 1);
      await produce(transcript, "produce", "sbs-fetch", [{ index: 1, records: batch(1) }]);
      await go("the session, something new", 2);
      await go("the session, forgetting a partition", 3, { forgottenTopicsData: [{ topicId, partitions: [1] }] });
      await go("the session, a wrong epoch", 9);
      await go("the session, closed", -1);
      await go("the session, gone", 4);
    },
  },
  {
    name: "offsets are found alike",
    async run(transcript) {
      await createTopic(transcript, "sbs-offsets");
      await listOffsets(transcript, "the latest of nothing", "sbs-offsets", -1);
      await listOffsets(transcript, "the largest time of nothing", "sbs-offsets", -3);
      await produce(transcript, "produce", "sbs-offsets", [{ index: 0, records: batch(10) }]);
      await produce(transcript, "produce", "sbs-offsets", [{ index: 0, records: batch(10, { compression: "gzip" }) }]);
      const times = {
        latest: -1,
        earliest: -2,
        "largest time": -3,
        "earliest local": -4,
        "latest tiered": -5,
        "earliest pending upload": -6,
        unknown: -9,
      };
      for (const version of versionsOf(ListOffsetsRequest)) {
        for (const [step, timestamp] of Object.entries(times))
          await listOffsets(transcript, step, "sbs-offsets", timestamp, version);
        await listOffsets(transcript, "a time", "sbs-offsets", START_MS + 35, version);
      }
      await listOffsets(transcript, "before all", "sbs-offsets", 0);
      await listOffsets(transcript, "after all", "sbs-offsets", START_MS + 1_000_000);
      await listOffsets(transcript, "an old epoch", "sbs-offsets", -1, 11, { currentLeaderEpoch: 7 });
      await listOffsets(transcript, "a missing topic", "sbs-none", -1);
      for (const version of versionsOf(OffsetForLeaderEpochRequest)) {
        for (const leaderEpoch of [-1, 0, 3]) {
          await transcript.ask(`epoch ${leaderEpoch}`, OffsetForLeaderEpochRequest, version, {
            replicaId: -1,
            topics: [
              {
                topic: "sbs-offsets",
                partitions: [
                  { partition: 0, currentLeaderEpoch: -1, leaderEpoch },
                  { partition: 8, currentLeaderEpoch: -1, leaderEpoch },
                ],
              },
            ],
          });
        }
      }
      for (const version of versionsOf(DeleteRecordsRequest)) {
        const remove = (step: string, name: string, offset: number | bigint) =>
          transcript.ask(step, DeleteRecordsRequest, version, {
            topics: [{ name, partitions: [{ partitionIndex: 0, offset }] }],
            timeoutMs: 5_000,
          });
        await remove("some", "sbs-offsets", 3 + version);
        await remove("beyond", "sbs-offsets", 100);
        await remove("below", "sbs-offsets", 1);
        await remove("negative", "sbs-offsets", -7);
        await remove("of a missing topic", "sbs-none", 1);
      }
      await listOffsets(transcript, "the earliest left", "sbs-offsets", -2);
      await transcript.ask("all", DeleteRecordsRequest, 2, {
        topics: [{ name: "sbs-offsets", partitions: [{ partitionIndex: 0, offset: -1 }] }],
        timeoutMs: 5_000,
      });
      await listOffsets(transcript, "nothing left", "sbs-offsets", -2);
      const removeEach = (step: string, topics: { name: string; offsets: number[] }[]) =>
        transcript.ask(step, DeleteRecordsRequest, 2, {
          topics: topics.map(({ name, offsets }) => ({
            name,
            partitions: offsets.map((offset) => ({ partitionIndex: 0, offset })),
          })),
          timeoutMs: 5_000,
        });
      await removeEach("of nothing", []);
      await removeEach("of no partitions", [{ name: "sbs-offsets", offsets: [] }]);
      await removeEach("of a partition twice", [{ name: "sbs-offsets", offsets: [1, -1] }]);
      await removeEach("of a partition twice, beyond at last", [{ name: "sbs-offsets", offsets: [1, 1_000] }]);
      await removeEach("of a topic twice", [
        { name: "sbs-offsets", offsets: [1_000] },
        { name: "sbs-offsets", offsets: [1] },
      ]);
    },
  },
];
