import { setTimeout as delay } from "node:timers/promises";
import { ByteWriter } from "../../test/clients/wire/byte-writer.ts";
import { frame, requestBytes } from "../../test/clients/wire/connection.ts";
import { loadBatch } from "./batches.ts";
import { FrameStream } from "./frame-stream.ts";

export interface ProduceLoad {
  readonly kind: "produce";
  readonly host: string;
  readonly port: number;
  readonly topics: readonly string[];
  /** Of each topic. */
  readonly partitions: number;
  readonly recordBytes: number;
  readonly batchBytes: number;
  readonly totalBytes: number;
  /** Partitions that one request writes to. */
  readonly partitionsPerRequest: number;
}

export interface LoadResult {
  readonly seconds: number;
  readonly bytes: number;
  readonly records: number;
  /** Of the load generator itself. */
  readonly cpuSeconds: number;
}

const maxInFlight = 5;
const produceKey = 0;
const version = 7;

/** One connection, five requests in flight, acks=all: how fast batches are acknowledged. */
export async function produceLoad(load: ProduceLoad): Promise<LoadResult> {
  const stream = await FrameStream.open(load.host, load.port);
  const batch = loadBatch(load.recordBytes, load.batchBytes);
  const requests = prepareRequests(load, batch.bytes);
  const perRequest = load.partitionsPerRequest;
  const wantedRequests = Math.max(maxInFlight, Math.ceil(load.totalBytes / (batch.bytes.length * perRequest)));

  const cpuBefore = process.cpuUsage();
  const startedMs = performance.now();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let sent = 0;
  let answered = 0;
  const send = () => stream.send(requests[sent++ % requests.length]!);
  stream.receive((answer) => {
    const errorCode = firstErrorCode(answer);
    if (errorCode !== 0) reject(new Error(`Produce was answered with error ${errorCode}`));
    answered++;
    if (sent < wantedRequests) send();
    else if (answered === wantedRequests) resolve();
  }, reject);
  for (let i = 0; i < maxInFlight; i++) send();
  await promise;
  const seconds = (performance.now() - startedMs) / 1_000;
  const cpu = process.cpuUsage(cpuBefore);
  stream.close();
  await delay(0);
  return {
    seconds,
    bytes: wantedRequests * perRequest * batch.bytes.length,
    records: wantedRequests * perRequest * batch.records,
    cpuSeconds: (cpu.user + cpu.system) / 1e6,
  };
}

/** The same few requests are sent again and again; encoding is no part of what is measured. */
function prepareRequests(load: ProduceLoad, batch: Buffer): Buffer[] {
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
