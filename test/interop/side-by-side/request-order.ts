import { FetchRequest } from "../../../src/protocol/messages/fetch.ts";
import { ListOffsetsRequest } from "../../../src/protocol/messages/list-offsets.ts";
import { OffsetCommitRequest } from "../../../src/protocol/messages/offset-commit.ts";
import { OffsetFetchRequest } from "../../../src/protocol/messages/offset-fetch.ts";
import { ProduceRequest } from "../../../src/protocol/messages/produce.ts";
import { coordinatorReady } from "./coordinator-ready.ts";
import { batch, createTopic, fetchPartition, produce } from "./record-requests.ts";
import type { Scenario, Transcript } from "./scenario.ts";

const TOPIC = "sbs-order";
const GROUP = "sbs-order-group";
const PATIENT_MS = 60_000;

const fetchBody = (partition: number, maxWaitMs: number) => ({
  maxWaitMs,
  minBytes: 1,
  maxBytes: 1 << 20,
  topics: [{ topic: TOPIC, partitions: [fetchPartition(partition, 0)] }],
});

async function show(transcript: Transcript, step: string): Promise<void> {
  await transcript.ask(step, OffsetFetchRequest, 7, {
    groupId: GROUP,
    topics: [{ name: TOPIC, partitionIndexes: [0] }],
    requireStable: false,
  });
  await transcript.ask(step, ListOffsetsRequest, 6, {
    replicaId: -1,
    topics: [{ name: TOPIC, partitions: [{ partitionIndex: 1, timestamp: -1 }] }],
  });
}

export const requestOrderScenarios: Scenario[] = [
  {
    name: "what is asked for behind a fetch that waits is begun after it alike",
    async run(transcript) {
      await createTopic(transcript, TOPIC);
      await coordinatorReady(transcript.connection, GROUP);
      const client = await transcript.connection.another();
      const answers = [
        client.ask(FetchRequest, 12, fetchBody(0, PATIENT_MS)),
        client.ask(OffsetCommitRequest, 8, {
          groupId: GROUP,
          generationIdOrMemberEpoch: -1,
          memberId: "",
          topics: [{ name: TOPIC, partitions: [{ partitionIndex: 0, committedOffset: 7, committedMetadata: "" }] }],
        }),
        client.ask(ProduceRequest, 12, {
          transactionalId: null,
          acks: -1,
          timeoutMs: PATIENT_MS,
          topicData: [{ name: TOPIC, partitionData: [{ index: 1, records: batch(2) }] }],
        }),
        client.ask(FetchRequest, 12, fetchBody(1, 0)),
      ];
      // By then all of them have been received.
      for (let n = 0; n < 20; n++) await coordinatorReady(transcript.connection, GROUP);
      await show(transcript, "while the fetch waits");
      await produce(transcript, "what it waits for", TOPIC, [{ index: 0, records: batch(1) }]);
      for (const [index, answer] of answers.entries()) transcript.note(`answer ${index}`, await answer);
      await show(transcript, "after all");
      client.close();
    },
  },
];
