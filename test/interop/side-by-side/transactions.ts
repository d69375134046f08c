import { ConfigResourceType } from "../../../src/protocol/config-resource-type.ts";
import {
  DescribeProducersRequest,
  DescribeProducersResponse,
} from "../../../src/protocol/messages/describe-producers.ts";
import { FetchRequest, FetchResponse } from "../../../src/protocol/messages/fetch.ts";
import { IncrementalAlterConfigsRequest } from "../../../src/protocol/messages/incremental-alter-configs.ts";
import { ListOffsetsRequest } from "../../../src/protocol/messages/list-offsets.ts";
import { WriteTxnMarkersRequest, WriteTxnMarkersResponse } from "../../../src/protocol/messages/write-txn-markers.ts";
import * as RecordBatch from "../../../src/record/record-batch.ts";
import { applied } from "./applied.ts";
import { batch, createTopic, fetchPartition, produce } from "./record-requests.ts";
import { type Scenario, type Transcript, versionsOf } from "./scenario.ts";

const TOPIC = "sbs-transactions";
const READ_COMMITTED = 1;

/** Both brokers take transactional batches without asking a coordinator while `run` lasts. */
async function withoutVerification(transcript: Transcript, run: () => Promise<void>): Promise<void> {
  const set = async (value: string): Promise<void> => {
    await transcript.connection.ask(IncrementalAlterConfigsRequest, 1, {
      resources: [
        {
          resourceType: ConfigResourceType.BROKER,
          resourceName: "",
          configs: [{ name: "transaction.partition.verification.enable", configOperation: 0, value }],
        },
      ],
      validateOnly: false,
    });
    await applied(transcript.connection);
  };
  await set("false");
  try {
    await run();
  } finally {
    await set("true");
  }
}

function send(transcript: Transcript, step: string, producerId: number, producerEpoch: number, baseSequence: number) {
  const records = batch(2, { producerId, producerEpoch, baseSequence, transactional: true });
  // Later versions have the broker add the partition to the transaction, which needs its coordinator.
  return produce(transcript, step, TOPIC, [{ index: 0, records }], { transactionalId: "sbs-tx", version: 11 });
}

interface Marker {
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly coordinatorEpoch?: number;
  readonly commit?: boolean;
  readonly transactionVersion?: number;
  readonly topics?: Record<string, number[]>;
}

/** Apache Kafka answers in the order of a hash map. */
async function end(transcript: Transcript, step: string, version: number, ...markers: Marker[]): Promise<void> {
  const answer = await transcript.connection.call(WriteTxnMarkersRequest, WriteTxnMarkersResponse, version, {
    markers: markers.map((marker) => ({
      producerId: marker.producerId,
      producerEpoch: marker.producerEpoch,
      transactionResult: marker.commit ?? false,
      topics: Object.entries(marker.topics ?? { [TOPIC]: [0] }).map(([name, partitionIndexes]) => ({
        name,
        partitionIndexes,
      })),
      coordinatorEpoch: marker.coordinatorEpoch ?? 0,
      transactionVersion: version >= 2 ? (marker.transactionVersion ?? 0) : 0,
    })),
  });
  const results = answer.markers.flatMap(({ producerId, topics }) =>
    topics.flatMap(({ name, partitions }) =>
      partitions.map(({ partitionIndex, errorCode }) => `${producerId} ${name}-${partitionIndex}: ${errorCode}`),
    ),
  );
  transcript.note(`${step} (WriteTxnMarkersRequest v${version})`, {
    producers: answer.markers.map(({ producerId }) => producerId).sort(),
    results: results.sort(),
  });
}

/** What a reader is told, and which batches; the markers' own time is the present and not compared. */
async function read(transcript: Transcript, step: string, version: number, offset: number, isolationLevel: number) {
  const { responses } = await transcript.connection.call(FetchRequest, FetchResponse, version, {
    maxWaitMs: 50,
    minBytes: 0,
    maxBytes: 1 << 20,
    isolationLevel,
    topics: [{ topic: TOPIC, partitions: [fetchPartition(0, offset)] }],
  });
  for (const { records, ...partition } of responses[0]?.partitions ?? []) {
    const bytes = (records ?? new Uint8Array(0)) as Uint8Array;
    const batches = [...RecordBatch.batchPositions(bytes)].map((position) => ({
      baseOffset: RecordBatch.baseOffset(bytes, position),
      lastOffset: RecordBatch.lastOffset(bytes, position),
      isControl: RecordBatch.isControlBatch(bytes, position),
      isTransactional: RecordBatch.isTransactional(bytes, position),
      producerEpoch: RecordBatch.producerEpoch(bytes, position),
      baseSequence: RecordBatch.baseSequence(bytes, position),
      sizeInBytes: RecordBatch.sizeInBytes(bytes, position),
    }));
    transcript.note(`${step} (Fetch v${version})`, { ...partition, batches });
  }
}

async function describe(transcript: Transcript, step: string): Promise<void> {
  const { topics } = await transcript.connection.call(DescribeProducersRequest, DescribeProducersResponse, 0, {
    topics: [{ name: TOPIC, partitionIndexes: [0] }],
  });
  const producers = topics[0]!.partitions[0]!.activeProducers.map(({ lastTimestamp: _, ...producer }) => producer);
  transcript.note(
    step,
    producers.toSorted((one, other) => Number(one.producerId) - Number(other.producerId)),
  );
}

async function latest(transcript: Transcript, step: string): Promise<void> {
  for (const isolationLevel of [0, READ_COMMITTED]) {
    await transcript.ask(step, ListOffsetsRequest, 11, {
      replicaId: -1,
      isolationLevel,
      topics: [{ name: TOPIC, partitions: [{ partitionIndex: 0, timestamp: -1 }] }],
    });
  }
}

export const transactionScenarios: Scenario[] = [
  {
    name: "transactions are stored, ended and served alike",
    run: (transcript) =>
      withoutVerification(transcript, async () => {
        await createTopic(transcript, TOPIC);
        await send(transcript, "the first batch of one", 1000, 0, 0);
        await send(transcript, "the first batch of another", 2000, 3, 0);
        await send(transcript, "the next of the first", 1000, 0, 2);
        await send(transcript, "the same again", 1000, 0, 2);
        await describe(transcript, "open transactions");
        await latest(transcript, "the latest offset, two open");
        await end(transcript, "the abort of the first", 1, { producerId: 1000, producerEpoch: 0 });
        await latest(transcript, "the latest offset, one open");
        for (const version of versionsOf(FetchRequest).filter((each) => each <= 12)) {
          await read(transcript, "committed only", version, 0, READ_COMMITTED);
          await read(transcript, "everything", version, 0, 0);
        }
        await end(transcript, "the commit of the other", 2, { producerId: 2000, producerEpoch: 3, commit: true });
        await read(transcript, "all decided", 12, 0, READ_COMMITTED);
        await read(transcript, "from the middle", 12, 5, READ_COMMITTED);
        await read(transcript, "from the marker", 12, 6, READ_COMMITTED);
        await describe(transcript, "no open transaction");
        await send(transcript, "a new transaction that begins in the middle", 2000, 3, 9);
        await send(transcript, "a new transaction", 2000, 3, 2);
        await produce(transcript, "outside of the open transaction", TOPIC, [
          { index: 0, records: batch(1, { producerId: 2000, producerEpoch: 3, baseSequence: 4 }) },
        ]);
        await end(transcript, "an abort in a new epoch", 2, {
          producerId: 2000,
          producerEpoch: 4,
          transactionVersion: 2,
        });
        await send(transcript, "in the old epoch", 2000, 3, 4);
        await send(transcript, "in the new epoch, from the middle", 2000, 4, 4);
        await send(transcript, "in the new epoch", 2000, 4, 0);
        await describe(transcript, "after a new epoch");
        await read(transcript, "at the end", 12, 0, READ_COMMITTED);
      }),
  },
  {
    name: "markers are refused alike",
    run: (transcript) =>
      withoutVerification(transcript, async () => {
        await createTopic(transcript, TOPIC);
        await end(transcript, "no markers", 1);
        await end(transcript, "a marker without partitions", 2, { producerId: 1, producerEpoch: 0, topics: {} });
        await send(transcript, "a transaction", 3000, 5, 0);
        await end(transcript, "an old epoch", 2, { producerId: 3000, producerEpoch: 4 });
        await end(transcript, "the same epoch, version 2", 2, {
          producerId: 3000,
          producerEpoch: 5,
          transactionVersion: 2,
        });
        await end(transcript, "a new epoch, version 2", 2, {
          producerId: 3000,
          producerEpoch: 6,
          coordinatorEpoch: 7,
          transactionVersion: 2,
        });
        await end(transcript, "the same once more, version 2", 2, {
          producerId: 3000,
          producerEpoch: 6,
          coordinatorEpoch: 7,
          transactionVersion: 2,
        });
        await end(transcript, "the same once more, version 1", 2, {
          producerId: 3000,
          producerEpoch: 6,
          coordinatorEpoch: 7,
          transactionVersion: 1,
        });
        await end(transcript, "an old coordinator", 2, { producerId: 3000, producerEpoch: 6, coordinatorEpoch: 6 });
        await end(transcript, "an unknown producer", 1, { producerId: 4000, producerEpoch: 2 });
        await end(transcript, "missing partitions", 2, {
          producerId: 4000,
          producerEpoch: 2,
          topics: { [TOPIC]: [1, 5], "sbs-nowhere": [0] },
        });
        await end(
          transcript,
          "several markers",
          2,
          { producerId: 4001, producerEpoch: 0 },
          { producerId: 4002, producerEpoch: 0, topics: { "sbs-nowhere": [0] } },
          { producerId: 4001, producerEpoch: 0, topics: { [TOPIC]: [1] } },
        );
        await describe(transcript, "producers");
      }),
  },
];
