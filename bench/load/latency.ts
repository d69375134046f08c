import { setTimeout as delay } from "node:timers/promises";
import { frame, produceBody, requestBytes } from "../../test/clients/wire/connection.ts";
import { recordBatch } from "../../test/clients/wire/record-batch.ts";
import { BatchScanner } from "./batch-scanner.ts";
import { fetchRequest } from "./fetch-answer.ts";
import { FrameStream } from "./frame-stream.ts";
import { Latencies, type Percentiles } from "./latencies.ts";

export interface LatencyLoad {
  readonly kind: "latency";
  readonly host: string;
  readonly port: number;
  readonly topic: string;
  readonly records: number;
  readonly perSecond: number;
}

export interface LatencyResult extends Percentiles {
  readonly records: number;
}

/** The first records warm up both sides and are not counted. */
const warmUpShare = 0.2;
const maxWaitMs = 5_000;

/**
 * End to end: from the write of a Produce request of one record, acks=all, to its arrival at a consumer that waits in a
 * long poll. Both ends are here, so that one clock measures. A record is sent when its time has come, whether or not the
 * one before it has arrived.
 */
export async function latencyLoad(load: LatencyLoad): Promise<LatencyResult> {
  const [producer, consumer] = await Promise.all([
    FrameStream.open(load.host, load.port),
    FrameStream.open(load.host, load.port),
  ]);
  const sentMs = new Float64Array(load.records);
  const warmUp = Math.floor(load.records * warmUpShare);
  const latencies = new Latencies(load.records - warmUp);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let offset = 0;
  const ask = () => consumer.send(fetchRequest({ topic: load.topic, partition: 0, offset }, maxWaitMs));
  producer.receive(() => {}, reject);
  const scanner = new BatchScanner(({ errorCode, nextOffset }) => {
    const nowMs = performance.now();
    if (errorCode !== 0) reject(new Error(`Fetch was answered with error ${errorCode}`));
    for (; nextOffset !== undefined && offset < nextOffset; offset++)
      if (offset >= warmUp) latencies.add(nowMs - sentMs[offset]!);
    if (offset >= load.records) resolve();
    else ask();
  });
  consumer.read(scanner, reject);
  ask();
  await delay(50);
  await Promise.all([sendPaced(producer, load, sentMs), promise]);
  producer.close();
  consumer.close();
  return { records: load.records, ...latencies.percentiles() };
}

async function sendPaced(
  producer: FrameStream,
  { topic, records, perSecond }: LatencyLoad,
  sentMs: Float64Array,
): Promise<void> {
  const batch = recordBatch([{ value: Buffer.alloc(100, 97) }]);
  const request = frame(requestBytes(0, 7, 1, produceBody(topic, 0, batch)));
  const startedMs = performance.now();
  for (let sent = 0; sent < records; sent++) {
    const earlyMs = startedMs + (sent * 1_000) / perSecond - performance.now();
    if (earlyMs > 0) await delay(earlyMs);
    sentMs[sent] = performance.now();
    producer.send(request);
  }
}
