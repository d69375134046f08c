import { ByteWriter } from "../../test/clients/wire/byte-writer.ts";
import { frame, requestBytes } from "../../test/clients/wire/connection.ts";
import { type LoadBatch, type LoadCompression, loadBatch } from "./batches.ts";
import { FrameStream } from "./frame-stream.ts";
import { Latencies, type Percentiles } from "./latencies.ts";

export interface ProduceLoad {
  readonly kind: "produce";
  readonly host: string;
  readonly port: number;
  readonly topics: readonly string[];
  /** Of each topic. */
  readonly partitions: number;
  readonly recordBytes: number;
  /** Before compression. */
  readonly batchBytes: number;
  readonly totalBytes: number;
  /** Partitions that one request writes to. */
  readonly partitionsPerRequest: number;
  readonly connections: number;
  readonly compression: LoadCompression;
}

export interface LoadResult extends Percentiles {
  readonly seconds: number;
  /** Of batches, before compression. */
  readonly bytes: number;
  readonly records: number;
  /** Of the load generator itself. */
  readonly cpuSeconds: number;
}

const maxInFlight = 5;
const produceKey = 0;
const version = 7;

/** Five requests in flight on each connection, acks=all: how fast batches are acknowledged. */
export async function produceLoad(load: ProduceLoad): Promise<LoadResult> {
  const batch = loadBatch(load);
  const requests = prepareRequests(load, batch.bytes);
  const requestBytes = batch.uncompressedBytes * load.partitionsPerRequest;
  const perConnection = Math.max(maxInFlight, Math.ceil(load.totalBytes / requestBytes / load.connections));
  const wantedRequests = perConnection * load.connections;
  const latencies = new Latencies(wantedRequests);
  const streams = await Promise.all(
    Array.from({ length: load.connections }, () => FrameStream.open(load.host, load.port)),
  );
  const cpuBefore = process.cpuUsage();
  const startedMs = performance.now();
  await Promise.all(
    streams.map((stream, index) => {
      // Each connection begins at another partition.
      const first = Math.floor((index * requests.length) / load.connections);
      return sendAll(stream, [...requests.slice(first), ...requests.slice(0, first)], perConnection, latencies);
    }),
  );
  const seconds = (performance.now() - startedMs) / 1_000;
  const cpu = process.cpuUsage(cpuBefore);
  for (const stream of streams) stream.close();
  return {
    seconds,
    bytes: wantedRequests * requestBytes,
    records: wantedRequests * load.partitionsPerRequest * batch.records,
    cpuSeconds: (cpu.user + cpu.system) / 1e6,
    ...latencies.percentiles(),
  };
}

/** Resolves when all of them have been acknowledged; the requests are taken in turn. */
function sendAll(
  stream: FrameStream,
  requests: readonly Buffer[],
  wanted: number,
  latencies: Latencies,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const sentMs = new Float64Array(maxInFlight);
  let sent = 0;
  let answered = 0;
  const send = () => {
    sentMs[sent % maxInFlight] = performance.now();
    stream.send(requests[sent++ % requests.length]!);
  };
  stream.receive((answer) => {
    const errorCode = firstErrorCode(answer);
    if (errorCode !== 0) reject(new Error(`Produce was answered with error ${errorCode}`));
    latencies.add(performance.now() - sentMs[answered++ % maxInFlight]!);
    if (sent < wanted) send();
    else if (answered === wanted) resolve();
  }, reject);
  for (let i = 0; i < maxInFlight; i++) send();
  return promise;
}

/** The same few requests are sent again and again; encoding is no part of what is measured. */
function prepareRequests(load: ProduceLoad, batch: LoadBatch["bytes"]): Buffer[] {
  const targets = load.topics.flatMap((topic) =>
    Array.from({ length: load.partitions }, (_, partition) => ({ topic, partition })),
  );
  const requests: Buffer[] = [];
  for (let at = 0; at < targets.length; at += load.partitionsPerRequest) {
    const group = Map.groupBy(targets.slice(at, at + load.partitionsPerRequest), ({ topic }) => topic);
    const body = new ByteWriter().string(null).int16(-1).int32(30_000);
    body.array([...group], (writer, [topic, partitions]) =>
      writer.string(topic).array(partitions, (inner, { partition }) => inner.int32(partition).bytes(batch)),
    );
    requests.push(frame(requestBytes(produceKey, version, requests.length, body.finish())));
  }
  return requests;
}

/** Past the correlation id and the count of topics: a name, the count of partitions, an index and the error. */
function firstErrorCode(answer: Buffer): number {
  return answer.readInt16BE(4 + 4 + 2 + answer.readInt16BE(8) + 4 + 4);
}
