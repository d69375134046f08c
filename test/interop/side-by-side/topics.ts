import { AlterPartitionReassignmentsRequest } from "../../../src/protocol/messages/alter-partition-reassignments.ts";
import { CreatePartitionsRequest } from "../../../src/protocol/messages/create-partitions.ts";
import { CreateTopicsRequest } from "../../../src/protocol/messages/create-topics.ts";
import { DeleteTopicsRequest } from "../../../src/protocol/messages/delete-topics.ts";
import { DescribeClusterRequest } from "../../../src/protocol/messages/describe-cluster.ts";
import { DescribeTopicPartitionsRequest } from "../../../src/protocol/messages/describe-topic-partitions.ts";
import { ElectLeadersRequest } from "../../../src/protocol/messages/elect-leaders.ts";
import { MetadataRequest, MetadataResponse } from "../../../src/protocol/messages/metadata.ts";
import { UpdateFeaturesRequest } from "../../../src/protocol/messages/update-features.ts";
import type { Input } from "../../../src/protocol/schema.ts";
import { ZERO_UUID } from "../../../src/protocol/uuid.ts";
import { applied } from "./applied.ts";
import { type Scenario, type Transcript, versionsOf } from "./scenario.ts";

type Creatable = Input<typeof CreateTopicsRequest>["topics"][number];

/** Apache Kafka answers before its brokers have heard of a change. */

const plain = (name: string, numPartitions = 1, replicationFactor = 1): Creatable => ({
  name,
  numPartitions,
  replicationFactor,
  assignments: [],
  configs: [],
});

const creatables: Record<string, Creatable> = {
  plain: plain("sbs-plain", 3),
  "broker defaults": plain("sbs-defaults", -1, -1),
  "no partitions": plain("sbs-zero", 0),
  "negative partitions": plain("sbs-negative", -3),
  "too many replicas": plain("sbs-replicas", 1, 3),
  "no replicas": plain("sbs-no-replicas", 1, 0),
  "replicas -2": plain("sbs-minus-two", 1, -2),
  "empty name": plain(""),
  dot: plain("."),
  "two dots": plain(".."),
  "forbidden characters": plain("a b/c"),
  "too long a name": plain("x".repeat(250)),
  "colliding name": plain("sbs.plain_x"),
  "colliding name, other form": plain("sbs_plain.x"),
  "metadata topic": plain("__cluster_metadata"),
  "assigned by hand": {
    ...plain("sbs-assigned", -1, -1),
    assignments: [
      { partitionIndex: 0, brokerIds: [1] },
      { partitionIndex: 1, brokerIds: [1] },
    ],
  },
  "assigned with counts": { ...plain("sbs-counts", 1, 1), assignments: [{ partitionIndex: 0, brokerIds: [1] }] },
  "assigned to an unknown broker": {
    ...plain("sbs-unknown", -1, -1),
    assignments: [{ partitionIndex: 0, brokerIds: [9] }],
  },
  "assigned twice to a broker": {
    ...plain("sbs-twice", -1, -1),
    assignments: [{ partitionIndex: 0, brokerIds: [1, 1] }],
  },
  "assigned with a gap": { ...plain("sbs-gap", -1, -1), assignments: [{ partitionIndex: 1, brokerIds: [1] }] },
  "assigned to nobody": { ...plain("sbs-nobody", -1, -1), assignments: [{ partitionIndex: 0, brokerIds: [] }] },
  configured: {
    ...plain("sbs-configured"),
    configs: [
      { name: "retention.ms", value: "1000" },
      { name: "cleanup.policy", value: "compact,delete" },
    ],
  },
  "unknown config": { ...plain("sbs-unknown-config"), configs: [{ name: "no.such.config", value: "1" }] },
  "bad config value": { ...plain("sbs-bad-config"), configs: [{ name: "retention.ms", value: "soon" }] },
  "config out of range": { ...plain("sbs-range-config"), configs: [{ name: "segment.bytes", value: "1" }] },
  "null config": { ...plain("sbs-null-config"), configs: [{ name: "retention.ms", value: null }] },
  "min.insync.replicas 0": { ...plain("sbs-min-isr"), configs: [{ name: "min.insync.replicas", value: "0" }] },
  "cleanup policy unknown": { ...plain("sbs-policy"), configs: [{ name: "cleanup.policy", value: "shred" }] },
  "compression unknown": { ...plain("sbs-codec"), configs: [{ name: "compression.type", value: "rar" }] },
};

function create(transcript: Transcript, step: string, topic: Creatable, version = 7, validateOnly = false) {
  return transcript.ask(step, CreateTopicsRequest, version, { topics: [topic], timeoutMs: 10_000, validateOnly });
}

/** From the first version on in which a client can say that it does not want the topic created. */
async function everywhere(transcript: Transcript, step: string, name: string) {
  for (const version of versionsOf(MetadataRequest).filter((each) => each >= 4)) {
    await transcript.ask(step, MetadataRequest, version, {
      topics: [{ name }],
      allowAutoTopicCreation: false,
    });
  }
}

export const topicScenarios: Scenario[] = [
  {
    name: "topics are created, or refused, alike",
    async run(transcript) {
      for (const [step, topic] of Object.entries(creatables)) {
        await create(transcript, `${step}, validate only`, topic, 7, true);
        await create(transcript, step, topic);
      }
      await create(transcript, "again", creatables.plain!);
      await transcript.ask("twice in one request", CreateTopicsRequest, 7, {
        topics: [plain("sbs-double"), plain("sbs-double")],
        timeoutMs: 10_000,
      });
      for (const version of versionsOf(CreateTopicsRequest)) {
        await create(transcript, "every version", plain(`sbs-version-${version}`, 2), version);
        await create(transcript, "every version, again", plain(`sbs-version-${version}`, 2), version);
      }
    },
  },
  {
    name: "metadata tells the same in every version",
    async run(transcript) {
      await create(transcript, "create", plain("sbs-described", 2));
      await applied(transcript.connection);
      for (const version of [0, 1, 2, 3]) {
        await transcript.ask("a topic", MetadataRequest, version, { topics: [{ name: "sbs-described" }] });
      }
      await everywhere(transcript, "a topic", "sbs-described");
      await everywhere(transcript, "no such topic", "sbs-missing");
      await everywhere(transcript, "an invalid name", "a b");
      for (const version of [1, 4, 9, 13]) {
        await transcript.ask("no topics", MetadataRequest, version, { topics: [] });
      }
      const { topics } = await transcript.call("for its id", MetadataRequest, MetadataResponse, 12, {
        topics: [{ name: "sbs-described" }],
        allowAutoTopicCreation: false,
        includeTopicAuthorizedOperations: true,
      });
      await transcript.ask("by id", MetadataRequest, 13, { topics: [{ topicId: topics[0]!.topicId, name: null }] });
      await transcript.ask("by an unknown id", MetadataRequest, 13, {
        topics: [{ topicId: "5L6g3nShT-eMCtK--X86sw", name: null }],
      });
      await transcript.ask("by id too early", MetadataRequest, 10, {
        topics: [{ topicId: topics[0]!.topicId, name: "sbs-described" }],
      });
      await transcript.ask("cluster operations", MetadataRequest, 10, {
        topics: [],
        includeClusterAuthorizedOperations: true,
      });
      for (const name of ["sbs-missing", "a b", ""]) {
        await transcript.ask("operations on what is missing", MetadataRequest, 12, {
          topics: [{ name }],
          allowAutoTopicCreation: false,
          includeTopicAuthorizedOperations: true,
        });
      }
      await transcript.ask("an internal topic by id too early", MetadataRequest, 10, {
        topics: [{ topicId: topics[0]!.topicId, name: "__consumer_offsets" }],
      });
      await transcript.ask("auto creation", MetadataRequest, 12, { topics: [{ name: "sbs-auto" }] });
      await applied(transcript.connection);
      await transcript.ask("auto created", MetadataRequest, 12, { topics: [{ name: "sbs-auto" }] });
    },
  },
  {
    name: "topics are described in pages alike",
    async run(transcript) {
      await create(transcript, "create", plain("sbs-page-a", 3));
      await create(transcript, "create", plain("sbs-page-b", 3));
      await applied(transcript.connection);
      const topics = [{ name: "sbs-page-b" }, { name: "sbs-page-a" }, { name: "sbs-page-missing" }, { name: "a b" }];
      const ask = (
        step: string,
        responsePartitionLimit: number,
        cursor: { topicName: string; partitionIndex: number } | null,
      ) => transcript.ask(step, DescribeTopicPartitionsRequest, 0, { topics, responsePartitionLimit, cursor });
      await ask("all", 2000, null);
      await ask("first page", 2, null);
      await ask("second page", 2, { topicName: "sbs-page-a", partitionIndex: 2 });
      await ask("exactly one topic", 3, { topicName: "sbs-page-a", partitionIndex: 0 });
      await ask("a limit of 0", 0, null);
      await ask("a negative limit", -1, null);
      await ask("a cursor that was not asked for", 2, { topicName: "sbs-page-aa", partitionIndex: 0 });
      await ask("a negative cursor", 2, { topicName: "sbs-page-a", partitionIndex: -1 });
    },
  },
  {
    name: "partitions are added, or not, alike",
    async run(transcript) {
      await create(transcript, "create", plain("sbs-grow", 2));
      const grow = (
        step: string,
        name: string,
        count: number,
        assignments: { brokerIds: number[] }[] | null,
        version = 3,
      ) =>
        transcript.ask(step, CreatePartitionsRequest, version, {
          topics: [{ name, count, assignments }],
          timeoutMs: 10_000,
          validateOnly: false,
        });
      await grow("to 3", "sbs-grow", 3, null);
      await grow("to 3 again", "sbs-grow", 3, null);
      await grow("to fewer", "sbs-grow", 1, null);
      await grow("to 0", "sbs-grow", 0, null);
      await grow("of a missing topic", "sbs-grow-missing", 3, null);
      await grow("by hand", "sbs-grow", 4, [{ brokerIds: [1] }]);
      await grow("by hand to an unknown broker", "sbs-grow", 5, [{ brokerIds: [7] }]);
      await grow("by hand, too few", "sbs-grow", 6, [{ brokerIds: [1] }]);
      await grow("by hand to nobody", "sbs-grow", 5, [{ brokerIds: [] }]);
      await grow("by hand with too many replicas", "sbs-grow", 5, [{ brokerIds: [1, 2] }]);
      await grow("by more than one batch holds", "sbs-grow", 20_000, null);
      await create(transcript, "create", plain("sbs-grow-too", 1));
      await transcript.ask("by more than one batch holds, together", CreatePartitionsRequest, 3, {
        topics: ["sbs-grow", "sbs-grow-too", "sbs-grow-missing"].map((name) => ({
          name,
          count: 5_100,
          assignments: null,
        })),
        timeoutMs: 10_000,
        validateOnly: false,
      });
      for (const version of versionsOf(CreatePartitionsRequest))
        await grow("every version", "sbs-grow", 7 + version, null, version);
      await applied(transcript.connection);
      await transcript.ask("after all", MetadataRequest, 12, { topics: [{ name: "sbs-grow" }] });
    },
  },
  {
    name: "topics are deleted, or not, alike",
    async run(transcript) {
      for (const version of versionsOf(DeleteTopicsRequest)) {
        const name = `sbs-delete-${version}`;
        await create(transcript, "create", plain(name));
        const names =
          version >= 6
            ? { topics: [name, "sbs-none"].map((each) => ({ name: each, topicId: ZERO_UUID })) }
            : { topicNames: [name, "sbs-none"] };
        await transcript.ask("delete", DeleteTopicsRequest, version, { ...names, timeoutMs: 10_000 });
        await applied(transcript.connection);
        await transcript.ask("deleted", MetadataRequest, 12, { topics: [{ name }], allowAutoTopicCreation: false });
      }
      await transcript.ask("by an unknown id", DeleteTopicsRequest, 6, {
        topics: [{ name: null, topicId: "5L6g3nShT-eMCtK--X86sw" }],
        timeoutMs: 10_000,
      });
      await transcript.ask("by neither", DeleteTopicsRequest, 6, {
        topics: [{ name: null, topicId: ZERO_UUID }],
        timeoutMs: 10_000,
      });
    },
  },
  {
    name: "features are updated, or not, alike",
    async run(transcript) {
      const update = (step: string, version: number, ...features: [feature: string, maxVersionLevel: number][]) =>
        transcript.ask(step, UpdateFeaturesRequest, version, {
          timeoutMs: 10_000,
          featureUpdates: features.map(([feature, maxVersionLevel]) => ({
            feature,
            maxVersionLevel,
            ...(version > 0 ? { upgradeType: 1 } : { allowDowngrade: false }),
          })),
          validateOnly: version > 0,
        });
      for (const version of versionsOf(UpdateFeaturesRequest)) {
        await update("to the level it has", version, ["eligible.leader.replicas.version", 1], ["metadata.version", 33]);
        await update("one of them unknown", version, ["no.such.feature", 1], ["eligible.leader.replicas.version", 1]);
        await update("a level that nobody has", version, ["eligible.leader.replicas.version", 9]);
        await update("nothing", version);
      }
    },
  },
  {
    name: "the cluster is described alike",
    async run(transcript) {
      for (const version of versionsOf(DescribeClusterRequest)) {
        await transcript.ask("brokers", DescribeClusterRequest, version, { includeClusterAuthorizedOperations: true });
      }
      await transcript.ask("controllers, of a broker", DescribeClusterRequest, 1, {
        includeClusterAuthorizedOperations: false,
        endpointType: 2,
      });
      await transcript.ask("neither", DescribeClusterRequest, 1, {
        includeClusterAuthorizedOperations: false,
        endpointType: 9,
      });
    },
  },
  {
    name: "leaders are elected alike",
    async run(transcript) {
      await create(transcript, "create", plain("sbs-elect"));
      for (const electionType of [0, 1, 7]) {
        await transcript.ask(`type ${electionType}`, ElectLeadersRequest, 2, {
          electionType,
          topicPartitions: [
            { topic: "sbs-elect", partitions: [0, 5] },
            { topic: "sbs-none", partitions: [0] },
          ],
          timeoutMs: 10_000,
        });
      }
      await transcript.ask("version 0", ElectLeadersRequest, 0, {
        topicPartitions: [{ topic: "sbs-elect", partitions: [0] }],
        timeoutMs: 10_000,
      });
      const elect = (step: string, topicPartitions: Input<typeof ElectLeadersRequest>["topicPartitions"]) =>
        transcript.ask(step, ElectLeadersRequest, 2, { electionType: 0, topicPartitions, timeoutMs: 10_000 });
      await elect("nothing", []);
      await elect("no partitions", [{ topic: "sbs-elect", partitions: [] }]);
      await elect("no partitions of a missing topic", [{ topic: "sbs-none", partitions: [] }]);
      await elect("a partition twice", [{ topic: "sbs-elect", partitions: [0, 0] }]);
    },
  },
  {
    name: "replicas are reassigned, or not, alike",
    async run(transcript) {
      await create(transcript, "create", plain("sbs-reassign"));
      type Topics = Input<typeof AlterPartitionReassignmentsRequest>["topics"];
      const reassign = async (step: string, topics: Topics) => {
        for (const version of versionsOf(AlterPartitionReassignmentsRequest)) {
          await transcript.ask(step, AlterPartitionReassignmentsRequest, version, { timeoutMs: 10_000, topics });
        }
      };
      const of = (name: string, ...partitions: Topics[number]["partitions"]): Topics => [{ name, partitions }];
      await reassign("nothing", []);
      await reassign("no partitions", of("sbs-reassign"));
      await reassign("no partitions of a missing topic", of("sbs-none"));
      await reassign("a missing topic", of("sbs-none", { partitionIndex: 0, replicas: [1] }));
      await reassign("a missing partition", of("sbs-reassign", { partitionIndex: 9, replicas: [1] }));
      await reassign("cancel what is not moving", of("sbs-reassign", { partitionIndex: 0, replicas: null }));
      await reassign("to nobody", of("sbs-reassign", { partitionIndex: 0, replicas: [] }));
      await reassign("to an unknown broker", of("sbs-reassign", { partitionIndex: 0, replicas: [7] }));
      await reassign("to the same broker twice", of("sbs-reassign", { partitionIndex: 0, replicas: [1, 1] }));
      await reassign("to where it is", of("sbs-reassign", { partitionIndex: 0, replicas: [1] }));
      await reassign(
        "a partition twice",
        of("sbs-reassign", { partitionIndex: 0, replicas: [1] }, { partitionIndex: 0, replicas: [7] }),
      );
    },
  },
];
