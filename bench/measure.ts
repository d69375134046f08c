import { closeSync, fsyncSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { BrokerUnderTest, Target } from "../test/clients/broker-under-test.ts";
import { uniqueName } from "../test/clients/topic-names.ts";
import { WireConnection } from "../test/clients/wire/connection.ts";
import type { LoadResult } from "./load/produce.ts";
import { runLoad } from "./load/run-load.ts";
import { cpuSeconds, residentMegabytes } from "./process-figures.ts";

/** How much is written and read; a quick run is for a look, not for figures. */
export interface Amounts {
  readonly largeBatchBytes: number;
  readonly smallBatchBytes: number;
  readonly latencyRecords: number;
}

/** A figure by its row in the table. */
export type Figures = Map<string, number>;

const idleMs = 3_000;

/** Everything that is measured of one broker, from its start to its end. */
export async function measure(target: Target, amounts: Amounts): Promise<Figures> {
  const figures: Figures = new Map();
  const broker = await target.start();
  try {
    // The first start has formatted the directory; this one is what a restart costs.
    await broker.restart();
    figures.set("start to first Metadata, ms", broker.readyAfterMs);
    await delay(idleMs);
    figures.set("idle, MB resident", residentMegabytes(broker.pid));

    await measureLatency(broker, amounts, figures);
    const written = await measureProduce(broker, amounts, figures, 1_024, 1_000_000, amounts.largeBatchBytes);
    await measureFetch(broker, written, figures);
    await measureProduce(broker, amounts, figures, 1_024, 16_384, amounts.smallBatchBytes);
    await measureProduce(broker, amounts, figures, 100, 1_000_000, amounts.largeBatchBytes);
    await measureProduce(broker, amounts, figures, 100, 16_384, amounts.smallBatchBytes);
    figures.set("after the load, MB resident", residentMegabytes(broker.pid));
    await measureManyPartitions(broker, figures, 1, 1_000);
    await measureManyPartitions(broker, figures, 100, 10);
    return figures;
  } finally {
    await broker.dispose();
  }
}

async function measureProduce(
  broker: BrokerUnderTest,
  amounts: Amounts,
  figures: Figures,
  recordBytes: number,
  batchBytes: number,
  totalBytes: number,
): Promise<string> {
  const topic = await newTopic(broker, 1);
  writeScratch(broker.directory, Math.max(totalBytes, amounts.largeBatchBytes) * 1.1);
  const cpuBefore = cpuSeconds(broker.pid);
  const load = {
    kind: "produce",
    host: broker.host,
    port: broker.port,
    topics: [topic],
    partitions: 1,
    partitionsPerRequest: 1,
  } as const;
  const result = await runLoad({ ...load, recordBytes, batchBytes, totalBytes });
  const name = `produce ${recordBytes === 1_024 ? "1 KB" : "100 B"} in ${batchBytes === 1_000_000 ? "1 MB" : "16 KB"} batches`;
  keep(figures, name, result, cpuSeconds(broker.pid) - cpuBefore);
  return topic;
}

async function measureFetch(broker: BrokerUnderTest, topic: string, figures: Figures): Promise<void> {
  const load = { kind: "fetch", host: broker.host, port: broker.port, topic } as const;
  await runLoad({ ...load, times: 1 });
  const cpuBefore = cpuSeconds(broker.pid);
  const result = await runLoad({ ...load, times: 2 });
  keep(figures, "fetch 1 KB, 1 MB a partition", result, cpuSeconds(broker.pid) - cpuBefore);
}

async function measureLatency(broker: BrokerUnderTest, amounts: Amounts, figures: Figures): Promise<void> {
  const topic = await newTopic(broker, 1);
  const load = {
    kind: "latency",
    host: broker.host,
    port: broker.port,
    topic,
    records: amounts.latencyRecords,
    perSecond: 200,
  } as const;
  const { p50Ms, p99Ms } = await runLoad(load);
  figures.set("end to end p50, ms", p50Ms);
  figures.set("end to end p99, ms", p99Ms);
}

async function measureManyPartitions(
  broker: BrokerUnderTest,
  figures: Figures,
  topicCount: number,
  partitions: number,
): Promise<void> {
  const name = `${topicCount} ${topicCount === 1 ? "topic" : "topics"} of ${partitions}`;
  const startedMs = performance.now();
  const topics: string[] = [];
  for (let i = 0; i < topicCount; i++) topics.push(await newTopic(broker, partitions));
  figures.set(`${name}: created, s`, (performance.now() - startedMs) / 1_000);
  const perRequest = Math.min(50, topicCount * partitions);
  const load = {
    kind: "produce",
    host: broker.host,
    port: broker.port,
    topics,
    partitions,
    partitionsPerRequest: perRequest,
  } as const;
  const result = await runLoad({ ...load, recordBytes: 1_024, batchBytes: 16_384, totalBytes: 200_000_000 });
  figures.set(`${name}: produce, MB/s`, result.bytes / result.seconds / 1e6);
  figures.set(`${name}: MB resident`, residentMegabytes(broker.pid));
}

function keep(figures: Figures, name: string, result: LoadResult, brokerCpuSeconds: number): void {
  figures.set(`${name}, MB/s`, result.bytes / result.seconds / 1e6);
  figures.set(`${name}, broker CPU s/GB`, brokerCpuSeconds / (result.bytes / 1e9));
}

async function newTopic(broker: BrokerUnderTest, partitions: number): Promise<string> {
  const topic = uniqueName("bench");
  const connection = await WireConnection.open(broker.host, broker.port, 60_000);
  await connection.createReadyTopic(topic, partitions);
  connection.close();
  return topic;
}

/**
 * Blocks of a virtual disk that nobody has written yet are slow the first time. A file larger than the run is written,
 * synced and removed before it, so that no broker pays for that in place of another.
 */
function writeScratch(directory: string, sizeBytes: number): void {
  const path = join(directory, "scratch");
  const chunk = Buffer.alloc(8 << 20, 1);
  const file = openSync(path, "w");
  for (let written = 0; written < sizeBytes; written += chunk.length) writeSync(file, chunk);
  fsyncSync(file);
  closeSync(file);
  rmSync(path);
}
