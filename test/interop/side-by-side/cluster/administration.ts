import { AlterConfigsRequest } from "../../../../src/protocol/messages/alter-configs.ts";
import { AlterPartitionReassignmentsRequest } from "../../../../src/protocol/messages/alter-partition-reassignments.ts";
import { AlterReplicaLogDirsRequest } from "../../../../src/protocol/messages/alter-replica-log-dirs.ts";
import { CreatePartitionsRequest } from "../../../../src/protocol/messages/create-partitions.ts";
import { CreateTopicsRequest } from "../../../../src/protocol/messages/create-topics.ts";
import { DescribeClusterRequest } from "../../../../src/protocol/messages/describe-cluster.ts";
import { DescribeConfigsRequest } from "../../../../src/protocol/messages/describe-configs.ts";
import {
  DescribeLogDirsRequest,
  DescribeLogDirsResponse,
} from "../../../../src/protocol/messages/describe-log-dirs.ts";
import { DescribeTopicPartitionsRequest } from "../../../../src/protocol/messages/describe-topic-partitions.ts";
import { ElectLeadersRequest } from "../../../../src/protocol/messages/elect-leaders.ts";
import { IncrementalAlterConfigsRequest } from "../../../../src/protocol/messages/incremental-alter-configs.ts";
import { ListPartitionReassignmentsRequest } from "../../../../src/protocol/messages/list-partition-reassignments.ts";
import { MetadataRequest } from "../../../../src/protocol/messages/metadata.ts";
import type { Input } from "../../../../src/protocol/schema.ts";
import { versionsOf } from "../scenario.ts";
import type { ClusterScenario } from "./cluster-transcript.ts";

const BROKER = 4;
const BROKER_LOGGER = 8;
const BROKERS = [1, 2, 3];
const timeoutMs = 10_000;

type Assignments = number[][];
const assigned = (assignments: Assignments) =>
  assignments.map((brokerIds, partitionIndex) => ({ partitionIndex, brokerIds }));

export const administrationScenarios: ClusterScenario[] = [
  {
    name: "every broker tells the same of the cluster",
    async run(transcript) {
      await transcript.createTopic("sbs-told", [
        [1, 2],
        [2, 3],
        [3, 1],
      ]);
      for (const id of BROKERS) {
        const broker = transcript.at(id);
        for (const version of versionsOf(MetadataRequest)) {
          await broker.ask(`metadata at ${id}`, MetadataRequest, version, { topics: [{ name: "sbs-told" }] });
        }
        for (const version of versionsOf(DescribeClusterRequest)) {
          await broker.ask(`cluster at ${id}`, DescribeClusterRequest, version, {
            includeClusterAuthorizedOperations: true,
          });
        }
        await broker.ask(`pages at ${id}`, DescribeTopicPartitionsRequest, 0, { topics: [{ name: "sbs-told" }] });
        const { results } = await broker.connection.call(DescribeLogDirsRequest, DescribeLogDirsResponse, 4, {
          topics: [{ topic: "sbs-told", partitions: [0, 1, 2] }],
        });
        const held = results.flatMap(({ topics }) => topics.flatMap(({ partitions }) => partitions));
        transcript.note(
          `replicas at ${id}`,
          held.toSorted((a, b) => a.partitionIndex - b.partitionIndex),
        );
        await broker.ask(`a directory for what is not there at ${id}`, AlterReplicaLogDirsRequest, 2, {
          dirs: [{ path: results[0]!.logDir, topics: [{ name: "sbs-told", partitions: [0, 1, 2] }] }],
        });
      }
    },
  },
  {
    name: "the settings of another broker are asked for alike",
    async run(transcript) {
      for (const id of [1, 2]) {
        const broker = transcript.at(id);
        for (const version of versionsOf(DescribeConfigsRequest)) {
          for (const resourceType of [BROKER, BROKER_LOGGER]) {
            for (const resourceName of ["1", "2", "3", "77"].filter((name) => name !== String(id))) {
              await broker.ask(`${resourceType} of ${resourceName} at ${id}`, DescribeConfigsRequest, version, {
                resources: [{ resourceType, resourceName, configurationKeys: ["root", "num.io.threads"] }],
              });
            }
          }
        }
        const set = async (resourceType: number, resourceName: string, name: string, value: string) => {
          const step = `${name}=${value} of ${resourceType} ${resourceName} at ${id}`;
          const resource = { resourceType, resourceName };
          await broker.ask(step, IncrementalAlterConfigsRequest, 1, {
            resources: [{ ...resource, configs: [{ name, configOperation: 0, value }] }],
            validateOnly: false,
          });
          await broker.ask(`${step}, replaced`, AlterConfigsRequest, 2, {
            resources: [{ ...resource, configs: [{ name, value }] }],
            validateOnly: true,
          });
        };
        for (const name of ["1", "2", "3", "77", "x"]) {
          await set(BROKER, name, "log.cleaner.threads", "1");
          await set(BROKER, name, "log.dirs", "/none");
          await set(BROKER, name, "log.cleaner.threads", "many");
          await set(BROKER_LOGGER, name, "root", "LOUD");
        }
        await set(BROKER, "", "log.cleaner.threads", "1");
        await transcript.applied();
        for (const name of ["", String(id)]) {
          await broker.ask(`settings of "${name}" at ${id}`, DescribeConfigsRequest, 4, {
            resources: [{ resourceType: BROKER, resourceName: name, configurationKeys: ["log.cleaner.threads"] }],
            includeSynonyms: true,
          });
        }
        await broker.ask(`back at ${id}`, IncrementalAlterConfigsRequest, 1, {
          resources: ["", "1", "2", "3", "77"].map((resourceName) => ({
            resourceType: BROKER,
            resourceName,
            configs: [{ name: "log.cleaner.threads", configOperation: 1, value: null }],
          })),
          validateOnly: false,
        });
      }
    },
  },
  {
    name: "replicas are placed by hand alike",
    async run(transcript) {
      const broker = transcript.at(2);
      const create = (step: string, assignments: Assignments, more: object = {}) =>
        broker.ask(step, CreateTopicsRequest, 7, {
          topics: [
            {
              name: "sbs-placed",
              numPartitions: -1,
              replicationFactor: -1,
              assignments: assigned(assignments),
              configs: [],
              ...more,
            },
          ],
          timeoutMs,
          validateOnly: true,
        });
      await create("on one twice", [[1, 1]]);
      await create("on none", [[]]);
      await create("on an unknown one", [[1, 9]]);
      await create("on a negative one", [[-1]]);
      await create("on different counts", [[1, 2], [3]]);
      await create("on all", [[1, 2, 3]]);
      await create("with a gap", [], { assignments: [{ partitionIndex: 1, brokerIds: [1] }] });
      await create("with a factor too", [[1, 2]], { replicationFactor: 2 });
      await create("on four", [], { replicationFactor: 4, numPartitions: 1 });
      await create("on three", [], { replicationFactor: 3, numPartitions: 1 });
      await create("on no more than there are", [], { replicationFactor: 32767, numPartitions: 1 });
      await create("on less than none", [], { replicationFactor: -2, numPartitions: 1 });
      await transcript.createTopic("sbs-grown", [[1, 2]]);
      const grow = (step: string, count: number, assignments: Assignments | null) =>
        broker.ask(step, CreatePartitionsRequest, 3, {
          topics: [{ name: "sbs-grown", count, assignments: assignments?.map((brokerIds) => ({ brokerIds })) ?? null }],
          timeoutMs,
          validateOnly: false,
        });
      await grow("by a partition of one", 2, [[1]]);
      await grow("by a partition of three", 2, [[1, 2, 3]]);
      await grow("by a partition on one twice", 2, [[1, 1]]);
      await grow("by a partition on an unknown one", 2, [[1, 9]]);
      await grow("by one, with two assigned", 2, [
        [1, 2],
        [2, 3],
      ]);
      await grow("by two, with one assigned", 3, [[1, 2]]);
      await grow("by one, with none assigned", 2, []);
      await grow("by two", 3, [
        [3, 2],
        [2, 1],
      ]);
      await transcript.applied();
      await transcript.untilPartition("sbs-grown", 2, ({ isrNodes }) => isrNodes.length === 2);
      for (const id of BROKERS) {
        await transcript.at(id).ask(`grown at ${id}`, MetadataRequest, 12, { topics: [{ name: "sbs-grown" }] });
      }
    },
  },
  {
    name: "replicas move between brokers, or do not, alike",
    async run(transcript) {
      await transcript.createTopic("sbs-moved", [
        [1, 2],
        [2, 3],
      ]);
      type Topics = Input<typeof AlterPartitionReassignmentsRequest>["topics"];
      const move = (step: string, partitionIndex: number, replicas: number[] | null, version = 1, more: object = {}) =>
        transcript.at(2).ask(step, AlterPartitionReassignmentsRequest, version, {
          timeoutMs,
          topics: [{ name: "sbs-moved", partitions: [{ partitionIndex, replicas }] }] as Topics,
          ...more,
        });
      const settled = async (index: number, ...replicas: number[]) => {
        await transcript.untilPartition("sbs-moved", index, ({ replicaNodes, isrNodes }) => {
          return String(replicaNodes) === String(replicas) && isrNodes.length === replicas.length;
        });
        for (const id of BROKERS) {
          const topics = [{ name: "sbs-moved" }];
          await transcript.at(id).ask(`${index} on ${replicas} at ${id}`, MetadataRequest, 12, { topics });
        }
      };
      await move("to an unknown one", 0, [1, 9]);
      await move("to a negative one", 0, [1, -1]);
      await move("to one twice", 0, [3, 3]);
      await move("to none", 0, []);
      await move("with a smaller factor that is not allowed", 0, [1], 1, { allowReplicationFactorChange: false });
      await move("with a greater factor that is not allowed", 0, [1, 2, 3], 1, { allowReplicationFactorChange: false });
      await move("with the same factor", 0, [2, 1], 1, { allowReplicationFactorChange: false });
      await settled(0, 2, 1);
      await move("to another", 0, [2, 3], 0);
      await settled(0, 2, 3);
      await move("away from its leader", 0, [1, 3], 1);
      await settled(0, 1, 3);
      await move("to one more", 0, [1, 3, 2], 1);
      await settled(0, 1, 3, 2);
      await move("to one less", 0, [2], 1);
      await settled(0, 2);
      await move("cancel what has ended", 0, null);
      const elect = (step: string, electionType: number, version = 2, partitions = [0, 1, 9]) =>
        transcript.at(3).ask(step, ElectLeadersRequest, version, {
          electionType,
          topicPartitions: [{ topic: "sbs-moved", partitions }],
          timeoutMs,
        });
      await move("its first replica is another", 1, [3, 2]);
      await settled(1, 3, 2);
      for (const version of versionsOf(ElectLeadersRequest)) {
        await elect("not needed", 0, version);
        if (version > 0) await elect("unclean, not needed", 1, version);
      }
      await elect("twice", 0, 2, [1, 1]);
      await transcript.untilPartition("sbs-moved", 1, ({ leaderId }) => leaderId === 3);
      await settled(1, 3, 2);
      await transcript.at(3).ask("nothing moves", ListPartitionReassignmentsRequest, 0, { timeoutMs, topics: null });
    },
  },
];
