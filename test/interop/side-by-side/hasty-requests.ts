import { AddRaftVoterRequest } from "../../../src/protocol/messages/add-raft-voter.ts";
import { AlterPartitionReassignmentsRequest } from "../../../src/protocol/messages/alter-partition-reassignments.ts";
import { CreatePartitionsRequest } from "../../../src/protocol/messages/create-partitions.ts";
import { CreateTopicsRequest } from "../../../src/protocol/messages/create-topics.ts";
import { DeleteTopicsRequest } from "../../../src/protocol/messages/delete-topics.ts";
import { ElectLeadersRequest } from "../../../src/protocol/messages/elect-leaders.ts";
import { ListPartitionReassignmentsRequest } from "../../../src/protocol/messages/list-partition-reassignments.ts";
import { MetadataRequest } from "../../../src/protocol/messages/metadata.ts";
import { UpdateFeaturesRequest } from "../../../src/protocol/messages/update-features.ts";
import type { Message } from "../../../src/protocol/schema.ts";
import { ZERO_UUID } from "../../../src/protocol/uuid.ts";
import { applied } from "./applied.ts";
import { createTopic, topicIdOf } from "./record-requests.ts";
import { type Scenario, type Transcript, versionsOf } from "./scenario.ts";

const TOPIC = "sbs-hasty";
export const NO_VOTER = "a voter that is not there";
/** Of no time, and of less. */
const TIMEOUTS_MS = [0, -1, -2_147_483_648];

/** All of them with one, the last of them with the others. */
function versionsWith(request: Message, timeoutMs: number): number[] {
  const versions = versionsOf(request);
  return timeoutMs === TIMEOUTS_MS[0] ? versions : versions.slice(-1);
}

async function show(transcript: Transcript, step: string, ...names: string[]): Promise<void> {
  await applied(transcript.connection);
  const topics = names.map((name) => ({ name }));
  await transcript.ask(step, MetadataRequest, 12, { topics, allowAutoTopicCreation: false });
}

export const hastyRequestScenarios: Scenario[] = [
  {
    name: "topics that are to be created within no time are, or not, alike",
    async run(transcript) {
      for (const timeoutMs of TIMEOUTS_MS) {
        for (const version of versionsWith(CreateTopicsRequest, timeoutMs)) {
          const create = (step: string, names: string[], more: object = {}) =>
            transcript.ask(`${step} within ${timeoutMs}`, CreateTopicsRequest, version, {
              topics: names.map((name) => ({
                name,
                numPartitions: 1,
                replicationFactor: 1,
                assignments: [],
                configs: [],
              })),
              timeoutMs,
              ...more,
            });
          const name = `${TOPIC}${timeoutMs}-${version}`;
          await create("nothing", []);
          await create("tried", [name], { validateOnly: true });
          await create("one", [name]);
          await create("again, and an invalid one", [name, "a b"]);
          await create("twice", [name, name]);
          await show(transcript, `created within ${timeoutMs} or not, in version ${version}`, name);
        }
      }
    },
  },
  {
    name: "topics that are to be deleted within no time are, or not, alike",
    async run(transcript) {
      for (const timeoutMs of TIMEOUTS_MS) {
        for (const version of versionsWith(DeleteTopicsRequest, timeoutMs)) {
          await createTopic(transcript, TOPIC);
          const topicId = await topicIdOf(transcript, TOPIC);
          const remove = (step: string, ...names: string[]) =>
            transcript.ask(`${step} within ${timeoutMs}`, DeleteTopicsRequest, version, {
              ...(version >= 6
                ? { topics: names.map((name) => ({ name, topicId: ZERO_UUID })) }
                : { topicNames: names }),
              timeoutMs,
            });
          await remove("nothing");
          await remove("missing ones", "sbs-none", "a b", "sbs-none");
          if (version >= 6) {
            await transcript.ask(`by its id within ${timeoutMs}`, DeleteTopicsRequest, version, {
              topics: [
                { name: null, topicId },
                { name: null, topicId },
              ],
              timeoutMs,
            });
          }
          await remove("one", TOPIC);
          await show(transcript, `deleted within ${timeoutMs} or not, in version ${version}`, TOPIC);
        }
      }
    },
  },
  {
    name: "what else is to be changed within no time is, or not, alike",
    async run(transcript) {
      await createTopic(transcript, TOPIC);
      for (const timeoutMs of TIMEOUTS_MS) {
        for (const version of versionsWith(CreatePartitionsRequest, timeoutMs)) {
          const grow = (step: string, names: string[], validateOnly = false) =>
            transcript.ask(`${step} within ${timeoutMs}`, CreatePartitionsRequest, version, {
              topics: names.map((name) => ({ name, count: 3, assignments: null })),
              timeoutMs,
              validateOnly,
            });
          await grow("no partitions", []);
          await grow("partitions, tried", [TOPIC], true);
          await grow("partitions of a missing topic", ["sbs-none"]);
          await grow("partitions, twice", [TOPIC, TOPIC]);
          await grow("partitions", [TOPIC]);
        }
        await show(transcript, `grown within ${timeoutMs} or not`, TOPIC);
        for (const version of versionsWith(ElectLeadersRequest, timeoutMs)) {
          for (const partitions of [[], [0], [0, 9]]) {
            await transcript.ask(`leaders of ${partitions} within ${timeoutMs}`, ElectLeadersRequest, version, {
              topicPartitions: [{ topic: TOPIC, partitions }],
              timeoutMs,
            });
          }
          await transcript.ask(`all leaders within ${timeoutMs}`, ElectLeadersRequest, version, {
            topicPartitions: null,
            timeoutMs,
          });
        }
        for (const version of versionsWith(AlterPartitionReassignmentsRequest, timeoutMs)) {
          for (const replicas of [null, [], [1], [9]]) {
            const partitions = [{ partitionIndex: 0, replicas }];
            await transcript.ask(`to ${replicas} within ${timeoutMs}`, AlterPartitionReassignmentsRequest, version, {
              timeoutMs,
              topics: [{ name: TOPIC, partitions }],
            });
          }
          await transcript.ask(`nothing within ${timeoutMs}`, AlterPartitionReassignmentsRequest, version, {
            timeoutMs,
            topics: [],
          });
        }
        for (const topics of [null, [], [{ name: TOPIC, partitionIndexes: [0] }]]) {
          await transcript.ask(`what moves within ${timeoutMs}`, ListPartitionReassignmentsRequest, 0, {
            timeoutMs,
            topics,
          });
        }
        for (const version of versionsWith(UpdateFeaturesRequest, timeoutMs)) {
          for (const feature of ["kraft.version", "no.such.feature"]) {
            await transcript.ask(`${feature} within ${timeoutMs}`, UpdateFeaturesRequest, version, {
              timeoutMs,
              featureUpdates: [{ feature, maxVersionLevel: 1 }],
            });
          }
          await transcript.ask(`no feature within ${timeoutMs}`, UpdateFeaturesRequest, version, {
            timeoutMs,
            featureUpdates: [],
          });
        }
        await transcript.ask(NO_VOTER, AddRaftVoterRequest, 0, {
          clusterId: null,
          timeoutMs,
          voterId: 9,
          voterDirectoryId: "5L6g3nShT-eMCtK--X86sw",
          listeners: [{ name: "CONTROLLER", host: "127.0.0.1", port: 1 }],
        });
      }
    },
  },
];
