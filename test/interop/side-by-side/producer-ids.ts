import { ErrorCode } from "../../../src/protocol/error-codes.ts";
import { DescribeProducersRequest } from "../../../src/protocol/messages/describe-producers.ts";
import { InitProducerIdRequest, InitProducerIdResponse } from "../../../src/protocol/messages/init-producer-id.ts";
import type { Input } from "../../../src/protocol/schema.ts";
import { batch, createTopic, produce } from "./record-requests.ts";
import { type Scenario, sleep, type Transcript, versionsOf } from "./scenario.ts";

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

export const producerIdScenarios: Scenario[] = [
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
];
