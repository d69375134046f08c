import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createRuntime } from "#adapter";
import { ClusterClient } from "../../src/client/cluster-client.ts";
import { CreateTopicsRequest, CreateTopicsResponse } from "../../src/protocol/messages/create-topics.ts";
import { Writer } from "../cluster/writer.ts";
import { PATIENCE_MS, soon } from "../patience.ts";
import { ClusterUnderTest } from "./cluster/cluster-under-test.ts";
import { type Fault, strike } from "./cluster/faults.ts";

const TOPIC = "faults";
/** Who waits for a session does so each time; a machine that is busy for seconds is not each time. */
const STRIKES = 3;
const runtime = createRuntime({ log: { write() {} } });

let cluster: ClusterUnderTest;
let writer: Writer;

beforeAll(async () => {
  // One node on each runtime: what one of them writes, the others replicate.
  const roles = "broker,controller";
  cluster = await ClusterUnderTest.create(["node", "bun", "deno"].map((software) => ({ software, roles })));
  await cluster.start();
  await createTopic();
  writer = await Writer.start({ runtime, bootstrap: cluster.addresses, topic: TOPIC });
  await delay(1_000);
});

afterAll(async () => {
  writer?.close();
  await cluster?.dispose();
});

async function createTopic(): Promise<void> {
  const options = { clientId: "test", connectTimeoutMs: 5_000, requestTimeoutMs: 30_000, retryTimeoutMs: 30_000 };
  const client = new ClusterClient(runtime, { ...options, bootstrap: cluster.addresses });
  const configs = [{ name: "min.insync.replicas", value: "2" }];
  const topic = { name: TOPIC, numPartitions: 1, replicationFactor: 3, assignments: [], configs };
  await client.retry(async () => {
    const body = { topics: [topic], timeoutMs: 10_000, validateOnly: false };
    const { topics } = await client.request(CreateTopicsRequest, CreateTopicsResponse, body);
    if (topics[0]!.errorCode !== 0) throw new Error(topics[0]!.errorMessage ?? "");
  });
  client.close();
}

/** The limits of the first are below the nine seconds of a session, which a busy machine does not reach; usual is one. */
const faults: readonly [Fault, awayMs: number, longestPauseMs: number][] = [
  ["kill the leader", 2_000, 8_000],
  ["kill the active controller", 2_000, 8_000],
  ["kill a follower", 1_000, 8_000],
  // A silent peer waits for the timeouts of Kafka: nine seconds of a session.
  ["stop the leader for a while", 10_500, 30_000],
  ["restart the leader", 0, 8_000],
  ["kill all nodes", 500, 40_000],
];

test.for(faults)(
  "%s: writing goes on, and nothing acknowledged is lost or repeated",
  { timeout: STRIKES * 2 * PATIENCE_MS },
  async ([fault, awayMs, longestPauseMs]) => {
    const pausesMs: number[] = [];
    while (pausesMs.length < STRIKES && !pausesMs.some((pauseMs) => pauseMs < longestPauseMs)) {
      writer.takeLongestPauseMs();
      const count = writer.acknowledged.length;
      await strike(fault, { cluster, runtime, topic: TOPIC, awayMs });
      await expect.poll(() => writer.acknowledged.length, soon).toBeGreaterThan(count + 20);
      pausesMs.push(writer.takeLongestPauseMs());
      await delay(1_500);
      expect(writer.failure).toBeUndefined();
    }
    expect(Math.min(...pausesMs)).toBeLessThan(longestPauseMs);
    if (pausesMs.length > 1) console.error(`${fault}: pauses of ${pausesMs.map(Math.round).join(" and ")} ms`);
  },
);

test("what consumers read is what was acknowledged, once and in order", async () => {
  await writer.stop();
  expect(await writer.stored()).toEqual(writer.acknowledged);
});
