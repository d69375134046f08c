import { setTimeout as delay } from "node:timers/promises";
import type { BrokerUnderTest } from "../../test/clients/broker-under-test.ts";
import { uniqueName } from "../../test/clients/topic-names.ts";
import { WireConnection } from "../../test/clients/wire/connection.ts";
import { recordBatch } from "../../test/clients/wire/record-batch.ts";
import { deleteTopics } from "./topics.ts";
import type { Workload } from "./workload.ts";

const limitMs = 120_000;
const pauseMs = 20;
const segments = 3;
const recordsPerBatch = 8;
const recordBytes = 1_024;
/** Apache Kafka's own line and Polylog's; Kafka is told to write it. */
const loadedLine = /Loaded (\d+) logs in ([\d.]+) ?ms/g;
const kafkaLogging = "-Dpolylog.interop.logs.level=INFO";

/** How long a broker takes to open its logs, by its own account: after a clean stop, or killed right after they were written. */
export function openWorkload(id: string, partitions: number, end: "stop" | "kill"): Workload {
  const after = end === "stop" ? "a clean stop" : "a kill";
  return {
    id,
    title: `opening ${partitions} partitions of ${segments} segments after ${after}`,
    bytes: 0,
    needs: "stopped",
    goals: new Map([["ms", { best: 0.5, every: 0.5 }]]),
    run: async (broker) => {
      tellLoading(broker);
      await broker.start();
      const topic = await fillTopic(broker, partitions);
      if (end === "stop") await broker.stop();
      else await broker.kill();
      broker.output = "";
      await broker.start();
      try {
        // A broker may answer before it has loaded its logs.
        await readLast(broker, topic, partitions);
        const ms = loadedMs(broker, partitions);
        await deleteTopics(broker, [topic]);
        return new Map([["ms", ms]]);
      } finally {
        await broker.stop();
      }
    },
  };
}

function tellLoading(broker: BrokerUnderTest): void {
  const { launch } = broker;
  if (launch.program !== "java" || launch.args.includes(kafkaLogging)) return;
  broker.launch = { ...launch, args: [kafkaLogging, ...launch.args] };
}

/** Each batch is later than its segment may last, so that it begins another one. */
async function fillTopic(broker: BrokerUnderTest, partitions: number): Promise<string> {
  const topic = uniqueName("bench");
  const connection = await WireConnection.open(broker.host, broker.port, limitMs);
  await connection.createReadyTopic(topic, partitions, { "segment.ms": "1", "file.delete.delay.ms": "0" });
  const value = "x".repeat(recordBytes);
  const startMs = Date.now() - segments * 1_000;
  for (let segment = 0; segment < segments; segment++) {
    const records = Array.from({ length: recordsPerBatch }, () => ({ value }));
    const batch = recordBatch(records, { timestamp: startMs + segment * 1_000 });
    for (let partition = 0; partition < partitions; partition++) {
      const { errorCode } = await connection.produce(topic, partition, batch);
      if (errorCode !== 0) throw new Error(`${topic}-${partition} answered with error ${errorCode}`);
    }
  }
  connection.close();
  return topic;
}

function loadedMs(broker: BrokerUnderTest, partitions: number): number {
  const [, logs, ms] = [...broker.output.matchAll(loadedLine)].at(-1) ?? [];
  if (logs === undefined || Number(logs) < partitions)
    throw new Error(
      `${broker.name} did not say that it has loaded ${partitions} logs:\n${broker.output.slice(-2_000)}`,
    );
  return Number(ms);
}

/** Nothing that was acknowledged is gone. */
async function readLast(broker: BrokerUnderTest, topic: string, partitions: number): Promise<void> {
  const connection = await WireConnection.open(broker.host, broker.port, limitMs);
  const deadlineMs = performance.now() + limitMs;
  for (let partition = 0; partition < partitions; ) {
    const { errorCode, offset } = await connection.listOffset(topic, partition, -1);
    if (errorCode === 0 && Number(offset) === segments * recordsPerBatch) partition++;
    else if (performance.now() > deadlineMs)
      throw new Error(`${topic}-${partition} ends at ${offset} after the start, error ${errorCode}`);
    else await delay(pauseMs);
  }
  connection.close();
}
