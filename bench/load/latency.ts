import { setTimeout as delay } from "node:timers/promises";
import { frame, produceBody, requestBytes } from "../../test/clients/wire/connection.ts";
import { recordBatch } from "../../test/clients/wire/record-batch.ts";
import { fetchRequest, readAnswer } from "./fetch.ts";
import { FrameStream } from "./frame-stream.ts";

export interface LatencyLoad {
  readonly kind: "latency";
  readonly host: string;
  readonly port: number;
  readonly topic: string;
  readonly records: number;
  readonly perSecond: number;
}

export interface LatencyResult {
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** The first records warm up both sides and are not counted. */
const warmUpShare = 0.2;

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
  const latencies: number[] = [];
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let offset = 0;
  producer.receive(() => {}, reject);
  consumer.receive((answer) => {
    const nowMs = performance.now();
    const { errorCode, nextOffset } = readAnswer(answer);
    if (errorCode !== 0) reject(new Error(`Fetch was answered with error ${errorCode}`));
    for (; nextOffset !== undefined && offset < nextOffset; offset++) latencies.push(nowMs - sentMs[offset]!);
    if (offset >= load.records) resolve();
    else consumer.send(fetchRequest(load.topic, offset, 5_000));
  }, reject);
  consumer.send(fetchRequest(load.topic, 0, 5_000));
  await delay(50);

  const request = frame(
    requestBytes(0, 7, 1, produceBody(load.topic, 0, recordBatch([{ value: Buffer.alloc(100, 97) }]))),
  );
  const startedMs = performance.now();
  const sending = (async () => {
    for (let sent = 0; sent < load.records; sent++) {
      const dueMs = startedMs + (sent * 1_000) / load.perSecond;
      const earlyMs = dueMs - performance.now();
      if (earlyMs > 0) await delay(earlyMs);
      sentMs[sent] = performance.now();
      producer.send(request);
    }
  })();
  await Promise.all([sending, promise]);
  producer.close();
  consumer.close();
  const counted = latencies.slice(Math.floor(load.records * warmUpShare)).sort((a, b) => a - b);
  return { p50Ms: counted[Math.floor(counted.length * 0.5)]!, p99Ms: counted[Math.floor(counted.length * 0.99)]! };
}
