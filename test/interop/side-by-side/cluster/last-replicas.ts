import { DescribeTopicPartitionsRequest } from "../../../../src/protocol/messages/describe-topic-partitions.ts";
import { ElectLeadersRequest } from "../../../../src/protocol/messages/elect-leaders.ts";
import { IncrementalAlterConfigsRequest } from "../../../../src/protocol/messages/incremental-alter-configs.ts";
import { MetadataRequest } from "../../../../src/protocol/messages/metadata.ts";
import { batch, produce } from "../record-requests.ts";
import { versionsOf } from "../scenario.ts";
import type { ClusterScenario, ClusterTranscript } from "./cluster-transcript.ts";

/** Where 1 is needed, 2 are, and where whoever comes first may lead. */
const TOPICS = { "sbs-last-one": "1", "sbs-last-two": "2", "sbs-last-unclean": "1" } as const;
const NAMES = Object.keys(TOPICS);
const UNCLEAN = "sbs-last-unclean";

async function show(transcript: ClusterTranscript, step: string): Promise<void> {
  await transcript.applied();
  const topics = NAMES.map((name) => ({ name }));
  for (const [id, broker] of transcript.running) {
    await broker.ask(`${step} at ${id}`, DescribeTopicPartitionsRequest, 0, { topics });
    for (const version of versionsOf(MetadataRequest).filter((each) => each % 4 === 0)) {
      const options = version >= 4 ? { allowAutoTopicCreation: false } : {};
      await broker.ask(`${step} at ${id}`, MetadataRequest, version, { topics, ...options });
    }
  }
}

async function elect(transcript: ClusterTranscript, step: string): Promise<void> {
  for (const electionType of [0, 1]) {
    await transcript.at(1).ask(`${step}, type ${electionType}`, ElectLeadersRequest, 2, {
      electionType,
      topicPartitions: NAMES.map((topic) => ({ topic, partitions: [0] })),
      timeoutMs: 10_000,
    });
  }
}

export const lastReplicaScenarios: ClusterScenario[] = [
  {
    name: "when the last replicas go, and come back, leaders are the same",
    async run(transcript) {
      for (const [name, minimum] of Object.entries(TOPICS)) {
        const unclean = String(name === UNCLEAN);
        const configs = { "min.insync.replicas": minimum, "unclean.leader.election.enable": unclean };
        await transcript.createTopic(name, [[2, 3]], configs);
        await produce(transcript.at(2), `to ${name}`, name, [{ index: 0, records: batch(2) }]);
      }
      const untilLedBy = async (leader: number, names = NAMES) => {
        for (const name of names) await transcript.untilPartition(name, 0, ({ leaderId }) => leaderId === leader);
      };
      await show(transcript, "both");
      await transcript.cluster.node(3).stop();
      for (const name of NAMES) await transcript.untilPartition(name, 0, ({ isrNodes }) => isrNodes.length === 1);
      await show(transcript, "one");
      for (const name of NAMES) {
        await produce(transcript.at(2), `one more to ${name}`, name, [{ index: 0, records: batch(1) }], { acks: 1 });
      }
      await elect(transcript, "one");
      await transcript.cluster.node(2).stop();
      await untilLedBy(-1);
      await show(transcript, "none");
      await elect(transcript, "none");
      for (const name of NAMES) {
        await produce(transcript.at(1), `nowhere, to ${name}`, name, [{ index: 0, records: batch(1) }]);
      }
      await transcript.cluster.node(3).start();
      await transcript.connect(3);
      await transcript.applied();
      await untilLedBy(3, [UNCLEAN]);
      await show(transcript, "the one that went first");
      await elect(transcript, "the one that went first");
      await show(transcript, "after its election");
      await transcript.cluster.node(2).start();
      await transcript.connect(2);
      for (const name of NAMES) await transcript.untilPartition(name, 0, ({ isrNodes }) => isrNodes.length === 2);
      await show(transcript, "both again");
      await transcript.at(1).ask("no longer", IncrementalAlterConfigsRequest, 1, {
        resources: [
          {
            resourceType: 2,
            resourceName: UNCLEAN,
            configs: [{ name: "unclean.leader.election.enable", configOperation: 1, value: null }],
          },
        ],
        validateOnly: false,
      });
      await elect(transcript, "both again");
      await untilLedBy(2);
      await show(transcript, "home");
    },
  },
];
