import { AlterConfigsRequest } from "../../../src/protocol/messages/alter-configs.ts";
import { CreatePartitionsRequest } from "../../../src/protocol/messages/create-partitions.ts";
import { CreateTopicsRequest } from "../../../src/protocol/messages/create-topics.ts";
import { DeleteTopicsRequest } from "../../../src/protocol/messages/delete-topics.ts";
import { DescribeConfigsRequest } from "../../../src/protocol/messages/describe-configs.ts";
import { DescribeProducersRequest } from "../../../src/protocol/messages/describe-producers.ts";
import { DescribeTopicPartitionsRequest } from "../../../src/protocol/messages/describe-topic-partitions.ts";
import { ElectLeadersRequest, ElectLeadersResponse } from "../../../src/protocol/messages/elect-leaders.ts";
import { IncrementalAlterConfigsRequest } from "../../../src/protocol/messages/incremental-alter-configs.ts";
import { ListPartitionReassignmentsRequest } from "../../../src/protocol/messages/list-partition-reassignments.ts";
import { MetadataRequest } from "../../../src/protocol/messages/metadata.ts";
import type { Input } from "../../../src/protocol/schema.ts";
import { applied } from "./applied.ts";
import { createTopic, topicIdOf } from "./record-requests.ts";
import { type Scenario, type Transcript, versionsOf } from "./scenario.ts";

const TOPIC = "sbs-unusual-topic";
const UNKNOWN_ID = "5L6g3nShT-eMCtK--X86sw";
const ZERO_ID = "AAAAAAAAAAAAAAAAAAAAAA";
const timeoutMs = 10_000;

type Creatable = Input<typeof CreateTopicsRequest>["topics"][number];
const creatable = (name: string, more: Partial<Creatable> = {}): Creatable => ({
  name,
  numPartitions: 1,
  replicationFactor: 1,
  assignments: [],
  configs: [],
  ...more,
});

const create = (transcript: Transcript, step: string, version: number, topics: Creatable[], more: object = {}) =>
  transcript.ask(step, CreateTopicsRequest, version, { topics, timeoutMs, ...more });

export const unusualTopicRequestScenarios: Scenario[] = [
  {
    name: "unusual requests for metadata are answered alike",
    async run(transcript) {
      await createTopic(transcript, TOPIC);
      await createTopic(transcript, `${TOPIC}-2`);
      const topicId = await topicIdOf(transcript, TOPIC);
      for (const version of versionsOf(MetadataRequest)) {
        const topics = [TOPIC, TOPIC, `${TOPIC}-2`].map((name) => ({ name }));
        const all = version < 4 ? {} : { allowAutoTopicCreation: false };
        await transcript.ask("a topic twice", MetadataRequest, version, { topics, ...all });
        if (version >= 8) {
          await transcript.ask("with operations", MetadataRequest, version, {
            topics: [{ name: TOPIC }],
            ...all,
            includeTopicAuthorizedOperations: true,
            ...(version <= 10 ? { includeClusterAuthorizedOperations: true } : {}),
          });
        }
        if (version < 10) continue;
        await transcript.ask("by id, twice", MetadataRequest, version, {
          topics: [
            { topicId, name: null },
            { topicId, name: null },
            { topicId: UNKNOWN_ID, name: null },
          ],
          ...all,
        });
        await transcript.ask("by an id and another's name", MetadataRequest, version, {
          topics: [{ topicId, name: `${TOPIC}-2` }],
          ...all,
        });
        await transcript.ask("by an id, and by a name", MetadataRequest, version, {
          topics: [{ topicId, name: null }, { name: `${TOPIC}-2` }],
          ...all,
        });
        await transcript.ask("by an unknown id, with operations", MetadataRequest, version, {
          topics: [{ topicId: UNKNOWN_ID, name: null }],
          ...all,
          includeTopicAuthorizedOperations: true,
        });
      }
      await transcript.ask("invalid names that may be created", MetadataRequest, 12, {
        topics: ["", ".", "a b", "x".repeat(250)].map((name) => ({ name })),
        allowAutoTopicCreation: true,
      });
    },
  },
  {
    name: "unusual requests for pages of topics are answered alike",
    async run(transcript) {
      await createTopic(transcript, TOPIC);
      await createTopic(transcript, `${TOPIC}-2`);
      const ask = (step: string, names: string[], responsePartitionLimit = 2000, cursor: object | null = null) =>
        transcript.ask(step, DescribeTopicPartitionsRequest, 0, {
          topics: names.map((name) => ({ name })),
          responsePartitionLimit,
          cursor,
        } as never);
      await ask("twice", [TOPIC, TOPIC]);
      await ask("internal", ["__consumer_offsets-none", "__transaction_state"]);
      await ask("from another topic's place", [TOPIC, `${TOPIC}-2`], 1, { topicName: `${TOPIC}-2`, partitionIndex: 1 });
      await ask("from beyond the last partition", [TOPIC, `${TOPIC}-2`], 2, { topicName: TOPIC, partitionIndex: 9 });
      await ask("from behind all", [TOPIC], 2, { topicName: "zzz", partitionIndex: 0 });
      await ask("a missing one at the limit", ["sbs-a-missing", TOPIC, "zzz-missing"], 2);
      await ask("from a missing one", ["sbs-a-missing", TOPIC], 2, { topicName: "sbs-a-missing", partitionIndex: 0 });
    },
  },
  {
    name: "unusual requests to create and to delete topics are answered alike",
    async run(transcript) {
      for (const version of versionsOf(CreateTopicsRequest)) {
        await create(transcript, "nothing", version, []);
        await create(transcript, "broker defaults", version, [
          creatable(`sbs-unusual-default-${version}`, { numPartitions: -1, replicationFactor: -1 }),
        ]);
        await create(
          transcript,
          "broker defaults, validate only",
          version,
          [creatable(`sbs-unusual-only-${version}`, { numPartitions: -1, replicationFactor: -1 })],
          { validateOnly: true },
        );
      }
      await create(transcript, "colliding with each other", 7, [creatable("sbs.col_1"), creatable("sbs_col.1")]);
      await create(transcript, "a key twice", 7, [
        creatable("sbs-key-twice", {
          configs: [
            { name: "retention.ms", value: "1" },
            { name: "retention.ms", value: "2" },
          ],
        }),
      ]);
      await create(transcript, "a partition twice", 7, [
        creatable("sbs-partition-twice", {
          numPartitions: -1,
          replicationFactor: -1,
          assignments: [
            { partitionIndex: 0, brokerIds: [1] },
            { partitionIndex: 0, brokerIds: [1] },
          ],
        }),
      ]);
      await create(transcript, "a negative partition", 7, [
        creatable("sbs-partition-negative", {
          numPartitions: -1,
          replicationFactor: -1,
          assignments: [{ partitionIndex: -1, brokerIds: [1] }],
        }),
      ]);
      await create(transcript, "too many partitions", 7, [creatable("sbs-too-many", { numPartitions: 20_000 })]);
      await create(transcript, "one of three", 7, [creatable("a b"), creatable("sbs-one-of-three"), creatable("..")]);
      await create(transcript, "three times", 7, [
        creatable("sbs-three"),
        creatable("sbs-three"),
        creatable("sbs-three"),
        creatable("sbs-beside-three"),
      ]);
      await applied(transcript.connection);
      await createTopic(transcript, TOPIC);
      const topicId = await topicIdOf(transcript, TOPIC);
      for (const version of versionsOf(DeleteTopicsRequest)) {
        const names = (...all: string[]) =>
          version >= 6 ? { topics: all.map((name) => ({ name, topicId: ZERO_ID })) } : { topicNames: all };
        const remove = (step: string, ...all: string[]) =>
          transcript.ask(step, DeleteTopicsRequest, version, { ...names(...all), timeoutMs });
        await remove("nothing");
        await remove("twice", TOPIC, TOPIC, "sbs-none");
        await remove("invalid names", "", "a b", "__cluster_metadata");
      }
      const removeBoth = (step: string, topics: Input<typeof DeleteTopicsRequest>["topics"]) =>
        transcript.ask(step, DeleteTopicsRequest, 6, { topics, timeoutMs });
      await removeBoth("by name and id", [{ name: TOPIC, topicId }]);
      await removeBoth("by an id twice", [
        { name: null, topicId },
        { name: null, topicId },
      ]);
      await removeBoth("by its name and by its id", [
        { name: TOPIC, topicId: ZERO_ID },
        { name: null, topicId },
      ]);
      await removeBoth("by its id", [{ name: null, topicId }]);
    },
  },
  {
    name: "unusual requests about partitions are answered alike",
    async run(transcript) {
      await createTopic(transcript, TOPIC);
      for (const version of versionsOf(CreatePartitionsRequest)) {
        const grow = (step: string, topics: [string, number][], validateOnly = false) =>
          transcript.ask(step, CreatePartitionsRequest, version, {
            topics: topics.map(([name, count]) => ({ name, count, assignments: null })),
            timeoutMs,
            validateOnly,
          });
        await grow("nothing", []);
        await grow("twice", [
          [TOPIC, 5],
          [TOPIC, 6],
          ["sbs-none", 2],
        ]);
        await grow("only tried", [[TOPIC, 5]], true);
        await grow("to a negative count", [[TOPIC, -1]]);
        await grow("of no name", [["", 4]]);
      }
      for (const version of versionsOf(ElectLeadersRequest)) {
        for (const electionType of version === 0 ? [0] : [0, 1]) {
          const answer = await transcript.connection.call(ElectLeadersRequest, ElectLeadersResponse, version, {
            electionType,
            topicPartitions: null,
            timeoutMs,
          });
          const results = answer.replicaElectionResults.toSorted((a, b) => a.topic.localeCompare(b.topic));
          transcript.note(`all of type ${electionType} (ElectLeadersRequest v${version})`, {
            ...answer,
            replicaElectionResults: results,
          });
        }
      }
      const moving = (step: string, topics: Input<typeof ListPartitionReassignmentsRequest>["topics"]) =>
        transcript.ask(step, ListPartitionReassignmentsRequest, 0, { timeoutMs, topics });
      await moving("all that moves", null);
      await moving("nothing that moves", []);
      await moving("no partitions that move", [{ name: TOPIC, partitionIndexes: [] }]);
      await moving("missing ones that move", [
        { name: TOPIC, partitionIndexes: [0, 9, -1] },
        { name: "sbs-none", partitionIndexes: [0] },
      ]);
      const producers = (step: string, topics: Input<typeof DescribeProducersRequest>["topics"]) =>
        transcript.ask(step, DescribeProducersRequest, 0, { topics });
      await producers("nothing", []);
      await producers("no partitions", [{ name: TOPIC, partitionIndexes: [] }]);
      await producers("twice", [
        { name: TOPIC, partitionIndexes: [0, 0, 9, -1] },
        { name: TOPIC, partitionIndexes: [1] },
        { name: "sbs-none", partitionIndexes: [0] },
        { name: "a b", partitionIndexes: [0] },
      ]);
    },
  },
  {
    name: "unusual requests about settings are answered alike",
    async run(transcript) {
      await createTopic(transcript, TOPIC);
      const key = "retention.ms";
      for (const version of versionsOf(DescribeConfigsRequest)) {
        const describe = (step: string, ...resources: [number, string, string[] | null][]) =>
          transcript.ask(step, DescribeConfigsRequest, version, {
            resources: resources.map(([resourceType, resourceName, configurationKeys]) => ({
              resourceType,
              resourceName,
              configurationKeys,
            })),
            includeSynonyms: true,
          });
        await describe("nothing");
        await describe("twice", [2, TOPIC, [key]], [2, TOPIC, [key]]);
        await describe("a key twice", [2, TOPIC, [key, key]]);
        await describe("no such key", [2, TOPIC, ["none"]]);
        await describe("of an internal topic", [2, "__consumer_offsets", ["cleanup.policy", "segment.bytes"]]);
        await describe("an unknown type", [0, "x", null]);
      }
      for (const version of versionsOf(AlterConfigsRequest)) {
        const alter = (step: string, ...resources: [number, string, ...[string, string | null][]][]) =>
          transcript.ask(step, AlterConfigsRequest, version, {
            resources: resources.map(([resourceType, resourceName, ...configs]) => ({
              resourceType,
              resourceName,
              configs: configs.map(([name, value]) => ({ name, value })),
            })),
            validateOnly: false,
          });
        await alter("nothing");
        await alter("nothing of a topic", [2, TOPIC]);
        await alter("a null", [2, TOPIC, [key, null]]);
        await alter("a key twice", [2, TOPIC, [key, "1"], [key, "2"]]);
        await alter("no name", [2, "", [key, "1"]]);
        await alter("an invalid name", [2, "a b", [key, "1"]]);
        await alter("a missing topic and a present one", [2, "sbs-none", [key, "1"]], [2, TOPIC, [key, "70000"]]);
        await alter("an empty value", [2, TOPIC, [key, ""]]);
      }
      for (const version of versionsOf(IncrementalAlterConfigsRequest)) {
        const alter = (step: string, ...resources: [number, string, ...[string, number, string | null][]][]) =>
          transcript.ask(step, IncrementalAlterConfigsRequest, version, {
            resources: resources.map(([resourceType, resourceName, ...configs]) => ({
              resourceType,
              resourceName,
              configs: configs.map(([name, configOperation, value]) => ({ name, configOperation, value })),
            })),
            validateOnly: false,
          });
        await alter("nothing");
        await alter("nothing of a topic", [2, TOPIC]);
        await alter("delete what is not set", [2, TOPIC, ["segment.ms", 1, null]]);
        await alter("delete with a value", [2, TOPIC, [key, 1, "5"]]);
        await alter("append nothing", [2, TOPIC, ["cleanup.policy", 2, ""]]);
        await alter("subtract what is not there", [2, TOPIC, ["cleanup.policy", 3, "compact"]]);
        await alter("subtract all", [2, TOPIC, ["cleanup.policy", 3, "delete"]]);
        await alter("an empty value", [2, TOPIC, [key, 0, ""]]);
        await alter("with spaces", [2, TOPIC, [key, 0, " 80000 "]]);
        await alter("an empty key", [2, TOPIC, ["", 0, "1"]]);
        await alter("a missing topic and a present one", [2, "sbs-none", [key, 0, "1"]], [2, TOPIC, [key, 0, "70000"]]);
        await alter("no name", [2, "", [key, 0, "1"]]);
        await alter("an invalid name", [2, "a b", [key, 0, "1"]]);
        await alter("the type that is none", [0, "x", [key, 0, "1"]]);
      }
      await applied(transcript.connection);
      await transcript.ask("after all", DescribeConfigsRequest, 4, {
        resources: [{ resourceType: 2, resourceName: TOPIC, configurationKeys: [key, "cleanup.policy", "segment.ms"] }],
        includeSynonyms: true,
      });
    },
  },
];
