import { DeleteRecordsRequest } from "../../../src/protocol/messages/delete-records.ts";
import { ListOffsetsRequest } from "../../../src/protocol/messages/list-offsets.ts";
import { OffsetForLeaderEpochRequest } from "../../../src/protocol/messages/offset-for-leader-epoch.ts";
import { batch, createTopic, produce, START_MS } from "./record-requests.ts";
import { type Scenario, type Transcript, versionsOf } from "./scenario.ts";

function listOffsets(transcript: Transcript, step: string, name: string, timestamp: number, version = 11, more = {}) {
  return transcript.ask(step, ListOffsetsRequest, version, {
    replicaId: -1,
    topics: [{ name, partitions: [{ partitionIndex: 0, timestamp, ...more }] }],
  });
}

export const offsetScenarios: Scenario[] = [
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
