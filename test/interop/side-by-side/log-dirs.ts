import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { vi } from "vitest";
import {
  AlterReplicaLogDirsRequest,
  AlterReplicaLogDirsResponse,
} from "../../../src/protocol/messages/alter-replica-log-dirs.ts";
import { CreateTopicsRequest } from "../../../src/protocol/messages/create-topics.ts";
import { DeleteTopicsRequest } from "../../../src/protocol/messages/delete-topics.ts";
import { DescribeLogDirsRequest, DescribeLogDirsResponse } from "../../../src/protocol/messages/describe-log-dirs.ts";
import { IncrementalAlterConfigsRequest } from "../../../src/protocol/messages/incremental-alter-configs.ts";
import { ProduceRequest } from "../../../src/protocol/messages/produce.ts";
import type { Infer } from "../../../src/protocol/schema.ts";
import { soon } from "../../patience.ts";
import { applied } from "./applied.ts";
import { batch } from "./record-requests.ts";
import { type Scenario, sleep, type Transcript, versionsOf } from "./scenario.ts";

type Description = Infer<typeof DescribeLogDirsResponse>;
type Asked = { topic: string; partitions: number[] }[] | null;

const BROKER = 4;
const PARTITIONS = 3;

async function createTopic(transcript: Transcript, name: string, configs: Record<string, string> = {}) {
  const settings = { "retention.ms": "-1", ...configs };
  await transcript.connection.ask(CreateTopicsRequest, 7, {
    topics: [
      {
        name,
        numPartitions: PARTITIONS,
        replicationFactor: 1,
        assignments: [],
        configs: Object.entries(settings).map(([key, value]) => ({ name: key, value })),
      },
    ],
    timeoutMs: 10_000,
  });
  await applied(transcript.connection);
}

async function fill(transcript: Transcript, step: string, name: string, records: Uint8Array) {
  for (let index = 0; index < PARTITIONS; index++) {
    await transcript.ask(`${step}, partition ${index}`, ProduceRequest, 12, {
      transactionalId: null,
      acks: -1,
      timeoutMs: 5_000,
      topicData: [{ name, partitionData: [{ index, records }] }],
    });
  }
}

/** The same request for each of the versions; Kafka answers in the order of a hash map. */
async function alter(
  transcript: Transcript,
  step: string,
  dirs: readonly [path: string, topic: string, partitions: readonly number[]][],
  versions = versionsOf(AlterReplicaLogDirsRequest),
) {
  for (const version of versions) {
    const { results, ...answer } = await transcript.connection.call(
      AlterReplicaLogDirsRequest,
      AlterReplicaLogDirsResponse,
      version,
      { dirs: dirs.map(([path, name, partitions]) => ({ path, topics: [{ name, partitions: [...partitions] }] })) },
    );
    const inOrder = results
      .map(({ partitions, ...topic }) => ({
        ...topic,
        partitions: partitions.toSorted((a, b) => a.partitionIndex - b.partitionIndex),
      }))
      .toSorted((a, b) => a.topicName.localeCompare(b.topicName));
    transcript.note(`${step} (AlterReplicaLogDirs v${version})`, { ...answer, results: inOrder });
  }
}

async function throttle(transcript: Transcript, bytesPerSecond: number | null) {
  const value = bytesPerSecond === null ? null : String(bytesPerSecond);
  const name = "replica.alter.log.dirs.io.max.bytes.per.second";
  await transcript.ask(`throttle at ${bytesPerSecond}`, IncrementalAlterConfigsRequest, 1, {
    resources: [
      { resourceType: BROKER, resourceName: "1", configs: [{ name, configOperation: value === null ? 1 : 0, value }] },
    ],
    validateOnly: false,
  });
  await applied(transcript.connection);
}

function describe(transcript: Transcript, topics: Asked, version: number): Promise<Description> {
  return transcript.connection.call(DescribeLogDirsRequest, DescribeLogDirsResponse, version, { topics });
}

/** Directories by their names, partitions in order; how much of the volume is in use and how far a copy is, is no news. */
function comparable(answer: Description) {
  const known = (bytes: bigint | number | undefined) => (bytes === undefined ? "absent" : bytes > 0 ? "some" : bytes);
  return {
    ...answer,
    results: answer.results.map(({ logDir, totalBytes, usableBytes, topics, ...result }) => ({
      ...result,
      directory: logDir.length > 0 ? basename(logDir) : "",
      totalBytes: known(totalBytes),
      usableBytes: known(usableBytes),
      topics: topics
        .map((topic) => ({
          ...topic,
          partitions: topic.partitions
            .toSorted((a, b) => a.partitionIndex - b.partitionIndex)
            .map(({ partitionSize, offsetLag, ...partition }) => ({
              ...partition,
              partitionSize: partition.isFutureKey ? "some" : partitionSize,
              offsetLag: partition.isFutureKey ? known(offsetLag) : offsetLag,
            })),
        }))
        .filter(({ partitions }) => partitions.length > 0),
    })),
  };
}

async function noteDescription(
  transcript: Transcript,
  step: string,
  topics: Asked,
  versions = versionsOf(DescribeLogDirsRequest),
) {
  for (const version of versions)
    transcript.note(`${step} (DescribeLogDirs v${version})`, comparable(await describe(transcript, topics, version)));
}

async function untilSettled(transcript: Transcript) {
  await vi.waitFor(
    async () => {
      const { results } = await describe(transcript, null, 4);
      const replicas = results.flatMap(({ topics }) => topics.flatMap(({ partitions }) => partitions));
      if (replicas.some(({ isFutureKey }) => isFutureKey)) throw new Error("copies are still on their way");
    },
    { ...soon, interval: 100 },
  );
}

/** For a broker that has these three log directories. */
export function logDirScenarios([first, second, third]: readonly [string, string, string]): Scenario[] {
  const all = [0, 1, 2];
  return [
    {
      name: "replicas move between directories, or do not, alike",
      async run(transcript) {
        const name = "sbs-dirs";
        await createTopic(transcript, name);
        await fill(transcript, "records", name, batch(20));
        await alter(transcript, "all to the first", [[first, name, all]]);
        await untilSettled(transcript);
        await noteDescription(transcript, "in the first", [{ topic: name, partitions: all }]);
        await alter(transcript, "where they are", [[first, name, all]]);
        await noteDescription(transcript, "as before", [{ topic: name, partitions: all }], [4]);
        await alter(transcript, "one to the second", [[second, name, [1]]]);
        await untilSettled(transcript);
        await noteDescription(transcript, "one in the second", [{ topic: name, partitions: all }], [4]);
        await alter(transcript, "each to another", [
          [first, name, [0]],
          [second, name, [1]],
          [third, name, [2]],
        ]);
        await untilSettled(transcript);
        await noteDescription(transcript, "each in another", [{ topic: name, partitions: all }], [4]);
        await alter(transcript, "no directory", []);
        await alter(transcript, "no partition", [[first, name, []]]);
        await transcript.ask("no topic", AlterReplicaLogDirsRequest, 2, { dirs: [{ path: first, topics: [] }] });
        await alter(transcript, "an unknown directory", [["/no/such/directory", name, all]]);
        await alter(transcript, "a directory above", [[dirname(first), name, all]]);
        await alter(transcript, "a directory below", [[join(first, "more"), name, all]]);
        await alter(transcript, "a relative directory", [["d1", name, [0]]]);
        await alter(transcript, "an empty path", [["", name, [0]]]);
        await alter(transcript, "a slash too many", [[`${second}/`, name, [1]]]);
        await alter(transcript, "no such partition", [[first, name, [-1, 3, 99]]]);
        await alter(transcript, "an empty name", [[first, "", [0]]]);
        await alter(transcript, "an invalid name", [[first, "a b", [0]]]);
        await alter(transcript, "a long name", [[first, "x".repeat(249), [0]]]);
        await alter(transcript, "the longest name", [[first, "x".repeat(207), [0]]]);
        await alter(transcript, "too long a name", [[first, "x".repeat(208), [0]]]);
        await alter(transcript, "the metadata log", [[first, "__cluster_metadata", [0]]]);
        await alter(transcript, "good and bad", [
          ["/no/such/directory", name, [0]],
          [second, name, [1]],
          [third, "sbs-dirs-none", [0]],
        ]);
        await alter(
          transcript,
          "a partition twice",
          [
            [second, name, [0]],
            [third, name, [0]],
          ],
          [2],
        );
        await untilSettled(transcript);
        await noteDescription(transcript, "after the partition twice", [{ topic: name, partitions: all }], [4]);
      },
    },
    {
      name: "what is asked of is described alike",
      async run(transcript) {
        const name = "sbs-dirs-asked";
        await createTopic(transcript, name);
        await fill(transcript, "records", name, batch(7));
        await alter(transcript, "all to the third", [[third, name, all]], [2]);
        await untilSettled(transcript);
        for (const version of [1, 4, 5]) {
          await noteDescription(transcript, "no topic", [], [version]);
          await noteDescription(transcript, "an unknown topic", [{ topic: "sbs-none", partitions: [0] }], [version]);
          await noteDescription(transcript, "no partition", [{ topic: name, partitions: [] }], [version]);
          await noteDescription(transcript, "some", [{ topic: name, partitions: [2, 0, 7] }], [version]);
          const twice = [
            { topic: name, partitions: [0] },
            { topic: name, partitions: [1] },
          ];
          await noteDescription(transcript, "a topic twice", twice, [version]);
          await noteDescription(transcript, "a partition twice", [{ topic: name, partitions: [1, 1] }], [version]);
        }
        const { results } = await describe(transcript, null, 4);
        const topics = results.flatMap((result) => result.topics.map((topic) => topic.name));
        transcript.note("everything", [...new Set(topics)].filter((topic) => topic.startsWith("sbs-")).toSorted());
      },
    },
    {
      name: "a replica that is still to come is created where it was sent",
      async run(transcript) {
        const name = "sbs-dirs-later";
        await alter(transcript, "before there is a topic", [
          [third, name, [0, 2]],
          [second, name, [1]],
        ]);
        await createTopic(transcript, name);
        await noteDescription(transcript, "created", [{ topic: name, partitions: all }], [4]);
        await transcript.ask("delete", DeleteTopicsRequest, 5, { topicNames: [name], timeoutMs: 10_000 });
        await applied(transcript.connection);
        await noteDescription(transcript, "deleted", [{ topic: name, partitions: all }], [4]);
        await alter(transcript, "after its deletion", [[first, name, [0]]]);
      },
    },
    {
      name: "moves that take their time are seen, turned and called off alike",
      async run(transcript) {
        const name = "sbs-dirs-slow";
        await createTopic(transcript, name);
        await alter(transcript, "all to the first", [[first, name, all]], [2]);
        await untilSettled(transcript);
        const large = batch(6, {
          records: Array.from({ length: 6 }, () => ({
            timestamp: 1_700_000_000_000,
            key: null,
            value: new Uint8Array(120_000),
            headers: [],
          })),
        });
        for (const round of [1, 2, 3, 4, 5]) await fill(transcript, `round ${round}`, name, large);
        await throttle(transcript, 10);
        await alter(transcript, "all to the second", [[second, name, all]]);
        await sleep(1_500);
        await noteDescription(transcript, "on their way", [{ topic: name, partitions: all }]);
        await alter(transcript, "once more", [[second, name, [0]]], [2]);
        await alter(transcript, "one to the third instead", [[third, name, [1]]], [2]);
        await alter(transcript, "one back", [[first, name, [0]]], [2]);
        await noteDescription(transcript, "one turned, one back", [{ topic: name, partitions: all }], [4]);
        await fill(transcript, "during the moves", name, batch(3));
        await transcript.ask("delete", DeleteTopicsRequest, 5, { topicNames: [name], timeoutMs: 10_000 });
        await applied(transcript.connection);
        await noteDescription(transcript, "deleted on their way", [{ topic: name, partitions: all }], [4]);
        await throttle(transcript, null);
      },
    },
    {
      name: "a directory that has failed is told of alike",
      async run(transcript) {
        const name = "sbs-dirs-failed";
        await createTopic(transcript, name, { "segment.bytes": String(1 << 20) });
        await alter(
          transcript,
          "each to another",
          [
            [first, name, [0]],
            [second, name, [1]],
            [third, name, [2]],
          ],
          [2],
        );
        await untilSettled(transcript);
        await fill(transcript, "before", name, batch(1_000));
        // What a volume that went away looks like: nothing can be created in it any more, as the next segment needs it.
        rmSync(third, { recursive: true });
        writeFileSync(third, "");
        for (let round = 0; round < 60; round++) {
          await transcript.connection.ask(ProduceRequest, 12, {
            transactionalId: null,
            acks: -1,
            timeoutMs: 5_000,
            topicData: [{ name, partitionData: [{ index: 2, records: batch(1_000) }] }],
          });
        }
        await applied(transcript.connection);
        await fill(transcript, "after", name, batch(10));
        await noteDescription(transcript, "one has failed", [{ topic: name, partitions: all }]);
        await alter(transcript, "to the failed one", [[third, name, [0]]]);
        await alter(transcript, "from the failed one", [[first, name, [2]]]);
        await alter(transcript, "between the others", [[second, name, [0]]]);
        await alter(transcript, "where it is", [[first, name, [0]]]);
        await alter(transcript, "unknown topic to the failed one", [[third, "sbs-none", [0]]]);
        await alter(transcript, "unknown topic to another", [[first, "sbs-none", [0]]]);
        rmSync(third);
        mkdirSync(third);
      },
    },
  ];
}
