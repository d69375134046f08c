import { existsSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import type { BrokerUnderTest } from "../../test/clients/broker-under-test.ts";
import { ByteWriter } from "../../test/clients/wire/byte-writer.ts";
import { WireConnection } from "../../test/clients/wire/connection.ts";
import { recordBatch } from "../../test/clients/wire/record-batch.ts";
import { cpuSeconds, residentMegabytes } from "../process-figures.ts";
import { median } from "../statistics.ts";

const limitMs = 120_000;
const stopLimitMs = 600_000;
const repeats = 20;
const idleMs = 5_000;
const quietShare = 0.01;
const quietLimitMs = 60_000;
const fetchKey = 1;

/** As in Apache Kafka, one request creates fewer than 10,000. */
const perTopic = 5_000;

/** What operations cost a broker that has so many partitions. Names say the unit. */
export async function partitionGrowth(broker: BrokerUnderTest, partitions: number): Promise<Map<string, number>> {
  const figures = new Map<string, number>();
  const topics = Array.from({ length: Math.ceil(partitions / perTopic) }, (_, index) => `growth-${index}`);
  const inEach = Math.min(partitions, perTopic);
  const topic = topics.at(-1)!;
  let connection = await WireConnection.open(broker.host, broker.port, limitMs);
  const createdMs = await timed(async () => {
    for (const name of topics) {
      const errorCode = await connection.createTopic(name, inEach);
      if (errorCode !== 0) throw new Error(`creating ${name} was answered with error ${errorCode}`);
    }
    await firstProduce(connection, topic, inEach - 1);
  });
  figures.set("topic created and written to, us a partition", (createdMs * 1_000) / partitions);
  const metadataMs = await medianOf(() => connection.metadata(topics));
  figures.set("Metadata, us a partition", (metadataMs * 1_000) / partitions);
  figures.set("Produce to one partition, us", (await medianOf(() => firstProduce(connection, topic, 0))) * 1_000);
  const session = await FetchSession.open(connection, topics, inEach);
  figures.set("Fetch of a session without news, us", (await medianOf(() => session.poll())) * 1_000);
  await quiet(broker.pid);
  const cpuBefore = cpuSeconds(broker.pid);
  await delay(idleMs);
  figures.set("idle, CPU ms a second", ((cpuSeconds(broker.pid) - cpuBefore) * 1e6) / idleMs);
  figures.set("resident, MB", residentMegabytes(broker.pid));
  connection.close();
  figures.set("clean stop, ms", await timed(() => stopped(broker)));
  await broker.start();
  connection = await WireConnection.open(broker.host, broker.port, limitMs);
  const writableMs = await timed(() => firstProduce(connection, topic, inEach - 1));
  connection.close();
  figures.set("start to the first write, ms", broker.readyAfterMs + writableMs);
  await broker.kill();
  await broker.start();
  figures.set("start after a kill, ms", broker.readyAfterMs);
  return figures;
}

/** What is done in the background for new partitions is done, or goes on for longer than anybody would call it that. */
async function quiet(pid: number): Promise<void> {
  for (const deadlineMs = performance.now() + quietLimitMs; performance.now() < deadlineMs; ) {
    const before = cpuSeconds(pid);
    await delay(idleMs);
    if (cpuSeconds(pid) - before <= (quietShare * idleMs) / 1_000) return;
  }
}

/** Many logs that were never flushed take longer than a test gives a broker. */
async function stopped(broker: BrokerUnderTest): Promise<void> {
  const process = `/proc/${broker.pid}`;
  broker.signal("SIGTERM");
  for (const deadlineMs = performance.now() + stopLimitMs; existsSync(process); await delay(5)) {
    if (performance.now() > deadlineMs) throw new Error(`the broker did not end within ${stopLimitMs} ms`);
  }
  await broker.stop();
}

/** An incremental fetch session of all partitions (KIP-227). */
class FetchSession {
  private readonly connection: WireConnection;
  private readonly id: number;
  private epoch = 0;

  private constructor(connection: WireConnection, id: number) {
    this.connection = connection;
    this.id = id;
  }

  static async open(connection: WireConnection, topics: readonly string[], partitions: number): Promise<FetchSession> {
    const indexes = Array.from({ length: partitions }, (_, index) => index);
    const body = head(0, 0).array(topics, (writer, name) =>
      writer.string(name).array(indexes, (inner, index) =>
        inner
          .int32(index)
          .int64(1)
          .int64(-1)
          .int32(1 << 20),
      ),
    );
    const answer = await connection.request(fetchKey, 7, body.int32(0).finish());
    answer.int32();
    const errorCode = answer.int16();
    if (errorCode !== 0) throw new Error(`Fetch was answered with error ${errorCode}`);
    return new FetchSession(connection, answer.int32());
  }

  async poll(): Promise<void> {
    const answer = await this.connection.request(
      fetchKey,
      7,
      head(this.id, ++this.epoch)
        .int32(0)
        .int32(0)
        .finish(),
    );
    answer.int32();
    const errorCode = answer.int16();
    if (errorCode !== 0) throw new Error(`Fetch of a session was answered with error ${errorCode}`);
  }
}

/** Of a consumer that waits for nothing. */
function head(sessionId: number, epoch: number): ByteWriter {
  return new ByteWriter()
    .int32(-1)
    .int32(0)
    .int32(0)
    .int32(50 << 20)
    .int8(0)
    .int32(sessionId)
    .int32(epoch);
}

const batch = recordBatch([{ value: "a record" }]);

async function firstProduce(connection: WireConnection, topic: string, partition: number): Promise<void> {
  const deadlineMs = performance.now() + limitMs;
  while ((await connection.produce(topic, partition, batch)).errorCode !== 0) {
    if (performance.now() > deadlineMs) throw new Error(`${topic}-${partition} takes no records`);
    await delay(1);
  }
}

async function medianOf(perform: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let done = 0; done < repeats; done++) times.push(await timed(perform));
  return median(times);
}

async function timed(perform: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await perform();
  return performance.now() - startedMs;
}
