import { expect, test } from "vitest";
import { createRuntime } from "#adapter";
import { BrokerError } from "../../src/client/client-error.ts";
import { Consumer, type ConsumerCluster } from "../../src/client/consumer.ts";
import { ErrorCode } from "../../src/protocol/error-codes.ts";
import { buildBatch } from "../../src/record/batch-builder.ts";

const runtime = createRuntime();
const [LEADER, OTHER_LEADER] = [1, 2];

/** Two partitions of three records each; `failing` partitions are not led where they are asked for. */
class TwoPartitions implements ConsumerCluster {
  readonly failing = new Set<number>();
  readonly #leaderOf: readonly number[];

  constructor(leaderOf: readonly [number, number]) {
    this.#leaderOf = leaderOf;
  }

  topic = async () => ({
    name: "numbers",
    id: "AAAAAAAAAAAAAAAAAAAAAA",
    isInternal: false,
    partitions: this.#leaderOf.map((leaderId, id) => ({ id, leaderId, leaderEpoch: 0, replicas: [], isr: [] })),
  });

  async retry<T>(step: () => Promise<T>): Promise<T> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await step();
      } catch (error) {
        if (attempt > 0 || !(error instanceof BrokerError)) throw error;
        this.failing.clear();
      }
    }
  }

  broker = async () => ({
    request: async (_: unknown, __: unknown, body: unknown) => this.#answer(body as Asked) as never,
  });

  #answer({ topics }: Asked) {
    const partitions = topics[0]!.partitions.map(({ partition, fetchOffset }) => ({
      partitionIndex: partition,
      errorCode: this.failing.has(partition) ? ErrorCode.NOT_LEADER_OR_FOLLOWER : ErrorCode.NONE,
      logStartOffset: 0,
      records: fetchOffset < 3 ? [batchOfThree] : [],
    }));
    return { errorCode: ErrorCode.NONE, responses: [{ partitions }] };
  }
}

interface Asked {
  readonly topics: readonly { readonly partitions: readonly { partition: number; fetchOffset: number }[] }[];
}

const record = { timestamp: 1, key: null, value: new Uint8Array(1) };
const batchOfThree = buildBatch({ records: [record, record, record] }, runtime);

test.each([
  ["at the same broker", [LEADER, LEADER]],
  ["at another broker", [LEADER, OTHER_LEADER]],
] as const)("what one partition has is not lost when another one, %s, has to be asked again", async (_, leaderOf) => {
  const cluster = new TwoPartitions(leaderOf);
  const consumer = await Consumer.open(cluster, runtime.compression, {
    topic: "numbers",
    start: { kind: "offset", offset: 0 },
    maxWaitMs: 100,
    maxBytes: 1_000,
    readCommitted: false,
  });
  cluster.failing.add(1);
  const polled = await consumer.poll();
  expect(polled.map(({ partition, records }) => `${partition}: ${records.length}`).sort()).toEqual(["0: 3", "1: 3"]);
  expect([consumer.position(0), consumer.position(1)]).toEqual([3, 3]);
});
