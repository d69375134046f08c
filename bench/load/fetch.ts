import { BatchScanner } from "./batch-scanner.ts";
import { fetchRequest } from "./fetch-answer.ts";
import { FrameStream } from "./frame-stream.ts";
import { Latencies } from "./latencies.ts";
import { PageDropper } from "./page-dropper.ts";
import type { LoadResult } from "./produce.ts";

export interface FetchLoad {
  readonly kind: "fetch";
  readonly host: string;
  readonly port: number;
  readonly topic: string;
  /** Each on a connection of its own, each reads everything. */
  readonly consumers: number;
  /** How much each reads, over and over from the start of partition 0. */
  readonly bytesPerConsumer: number;
  /** Of the partition: what the one consumer has read is dropped from the page cache behind it. */
  readonly dropPagesIn?: string;
}

const maxAnswers = 1 << 20;

/** Consumers that read a partition from its start to its end, again and again, until each has read enough. */
export async function fetchLoad(load: FetchLoad): Promise<LoadResult> {
  const latencies = new Latencies(maxAnswers);
  const streams = await Promise.all(
    Array.from({ length: load.consumers }, () => FrameStream.open(load.host, load.port)),
  );
  const dropper = load.dropPagesIn === undefined ? undefined : new PageDropper(load.dropPagesIn);
  const cpuBefore = process.cpuUsage();
  const startedMs = performance.now();
  const totals = await Promise.all(streams.map((stream) => consume(stream, load, latencies, dropper)));
  const seconds = (performance.now() - startedMs) / 1_000;
  const cpu = process.cpuUsage(cpuBefore);
  for (const stream of streams) stream.close();
  await dropper?.finish();
  return {
    seconds,
    bytes: totals.reduce((sum, { bytes }) => sum + bytes, 0),
    records: totals.reduce((sum, { records }) => sum + records, 0),
    cpuSeconds: (cpu.user + cpu.system) / 1e6,
    ...latencies.percentiles(),
  };
}

function consume(
  stream: FrameStream,
  { topic, bytesPerConsumer }: FetchLoad,
  latencies: Latencies,
  dropper?: PageDropper,
): Promise<{ bytes: number; records: number }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ bytes: number; records: number }>();
  const total = { bytes: 0, records: 0 };
  let offset = 0;
  let recordsOfRound = 0;
  let askedMs = 0;
  const ask = () => {
    askedMs = performance.now();
    stream.send(fetchRequest({ topic, partition: 0, offset }));
  };
  const scanner = new BatchScanner(({ errorCode, highWatermark, nextOffset, bytes, records }) => {
    if (errorCode !== 0) reject(new Error(`Fetch was answered with error ${errorCode}`));
    latencies.add(performance.now() - askedMs);
    dropper?.advance(bytes);
    total.bytes += bytes;
    total.records += records;
    recordsOfRound += records;
    offset = nextOffset ?? offset;
    if (recordsOfRound !== offset) reject(new Error(`${recordsOfRound} records up to offset ${offset}`));
    if (total.bytes >= bytesPerConsumer) {
      resolve(total);
      return;
    }
    if (offset >= highWatermark) {
      offset = 0;
      recordsOfRound = 0;
    }
    ask();
  });
  stream.read(scanner, reject);
  ask();
  return promise;
}
