import { expect, test } from "vitest";
import { createSimulatedRuntime, type SimulatedRuntime } from "../adapters/simulator/index.ts";
import { startBroker } from "../src/broker.ts";
import { ClusterClient } from "../src/client/cluster-client.ts";
import { createConfig } from "../src/config/create-config.ts";
import { singleNodeSettings } from "../src/config/single-node.ts";
import { CreateTopicsRequest, CreateTopicsResponse } from "../src/protocol/messages/create-topics.ts";
import { ProduceRequest, ProduceResponse } from "../src/protocol/messages/produce.ts";
import { buildBatch } from "../src/record/batch-builder.ts";
import type { File } from "../src/runtime.ts";

const STALLED = "/d1/";

test("a disk that never finishes a flush holds up neither the other directory, nor timers, nor the quorum", async () => {
  const runtime = createSimulatedRuntime({ seed: 1 });
  const { config } = createConfig({
    given: [
      new Map([
        ["metadata.log.dir", "/metadata"],
        ["log.flush.interval.messages", "1"],
        ["log.flush.scheduler.interval.ms", "100"],
      ]),
    ],
    defaults: singleNodeSettings({ port: 0, logDirs: "/d1,/d2" }),
  });
  const disk = stallable(runtime);
  const broker = await settled(runtime, startBroker(runtime, config));
  const client = new ClusterClient(runtime, {
    clientId: "test",
    connectTimeoutMs: 1_000,
    requestTimeoutMs: 10_000,
    retryTimeoutMs: 30_000,
    bootstrap: [broker.listeners.get("PLAINTEXT")!],
  });
  const create = (name: string) =>
    settled(
      runtime,
      client.request(CreateTopicsRequest, CreateTopicsResponse, {
        topics: [{ name, numPartitions: 2, replicationFactor: 1, assignments: [], configs: [] }],
        timeoutMs: 5_000,
      }),
    );
  const produce = async (name: string, index: number, acks: number) => {
    const records = buildBatch({ records: [{ timestamp: 1, key: null, value: new Uint8Array(10) }] }, runtime);
    const connection = await client.anyBroker();
    const body = { acks, timeoutMs: 5_000, topicData: [{ name, partitionData: [{ index, records }] }] };
    return connection.request(ProduceRequest, ProduceResponse, body, { version: 12 });
  };
  const errorCodes = (answer: Awaited<ReturnType<typeof produce>>) =>
    answer.responses.flatMap(({ partitionResponses }) => partitionResponses.map(({ errorCode }) => errorCode));
  const inDirectory = (path: string) => {
    const index = [0, 1].find((partition) => broker.logs!.get("t", partition)?.directory.startsWith(path));
    if (index === undefined) throw new Error(`No partition is in ${path}`);
    return index;
  };

  expect((await create("t")).topics[0]).toMatchObject({ errorCode: 0 });
  const stalled = inDirectory(STALLED);
  const other = inDirectory("/d2/");
  disk.stall();
  void produce("t", stalled, 1).catch(() => {});
  for (let second = 0; second < 60; second++) {
    await runtime.clock.advanceWithPromises(1_000);
    for (const acks of [1, -1]) expect(errorCodes(await settled(runtime, produce("t", other, acks)))).toEqual([0]);
  }
  expect(disk.waiting).toBeGreaterThan(0);
  expect(disk.finishedElsewhere).toBeGreaterThan(60);
  // The controller commits to its log, and the broker was not fenced for want of heartbeats.
  expect((await create("u")).topics[0]).toMatchObject({ errorCode: 0 });
  expect(broker.isReady).toBe(true);
  expect(errorCodes(await settled(runtime, produce("t", other, -1)))).toEqual([0]);

  disk.goOn();
  client.close();
  await settled(runtime, broker.close());
});

/** Within 20 s of the simulated time. */
async function settled<T>(runtime: SimulatedRuntime, promise: Promise<T>): Promise<T> {
  let isDone = false;
  const finish = () => {
    isDone = true;
  };
  promise.then(finish, finish);
  for (let step = 0; !isDone; step++) {
    if (step === 2_000) throw new Error("Nothing came of it within 20 s");
    await runtime.clock.advanceWithPromises(10);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return promise;
}

/** Lets the flushes of one directory wait, from some time on. */
function stallable(runtime: SimulatedRuntime) {
  const { files } = runtime;
  let isStalled = false;
  let waiters: (() => void)[] = [];
  const disk = {
    waiting: 0,
    finishedElsewhere: 0,
    stall: () => {
      isStalled = true;
    },
    goOn: () => {
      isStalled = false;
      for (const resume of waiters) resume();
      waiters = [];
    },
  };
  const flush = async (path: string, sync: () => Promise<void>) => {
    if (isStalled && path.startsWith(STALLED)) {
      disk.waiting++;
      await new Promise<void>((resume) => waiters.push(resume));
    }
    await sync();
    if (isStalled) disk.finishedElsewhere++;
  };
  const { open, syncDirectory } = files;
  files.open = (path, mode): File => {
    const file = open.call(files, path, mode);
    const { sync } = file;
    file.sync = () => flush(path, () => sync.call(file));
    return file;
  };
  files.syncDirectory = (path) => flush(`${path}/`, () => syncDirectory.call(files, path));
  return disk;
}
