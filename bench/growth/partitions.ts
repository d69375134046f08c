import { existsSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import type { BrokerUnderTest } from "../../test/clients/broker-under-test.ts";
import { WireConnection } from "../../test/clients/wire/connection.ts";
import { recordBatch } from "../../test/clients/wire/record-batch.ts";
import { cpuSeconds, residentMegabytes } from "../process-figures.ts";
import { type Cost, costOf, repeatedCostOf } from "./cost.ts";
import { FetchSession } from "./fetch-session.ts";

const limitMs = 120_000;
const stopLimitMs = 600_000;
const idleMs = 10_000;
const quietShare = 0.01;
const quietLimitMs = 60_000;
const longWaitMs = 60_000;
const atOnce = 100;

/** As in Apache Kafka, one request creates fewer than 10,000. */
const perTopic = 5_000;

interface Place {
  readonly topic: string;
  readonly index: number;
}

/**
 * What operations cost a broker that has so many partitions. Names say the unit; CPU is the broker's, with all its threads, and
 * counts on a machine that does something else, too.
 */
export async function partitionGrowth(broker: BrokerUnderTest, partitions: number): Promise<Map<string, number>> {
  const growth = new PartitionGrowth(broker, partitions);
  await growth.create();
  await growth.serve();
  await growth.stopAndStart();
  return growth.figures;
}

class PartitionGrowth {
  readonly figures = new Map<string, number>();
  private readonly broker: BrokerUnderTest;
  private readonly topics: readonly string[];
  private readonly places: readonly Place[];

  constructor(broker: BrokerUnderTest, partitions: number) {
    this.broker = broker;
    this.topics = Array.from({ length: Math.ceil(partitions / perTopic) }, (_, index) => `growth-${index}`);
    const inEach = Math.min(partitions, perTopic);
    this.places = this.topics.flatMap((topic) => Array.from({ length: inEach }, (_, index) => ({ topic, index })));
  }

  /** Each partition has one record then. */
  async create(): Promise<void> {
    const { broker, places, topics } = this;
    await this.connected(async (connection) => {
      const created = await costOf(broker.pid, async () => {
        for (const name of topics) {
          const errorCode = await connection.createTopic(name, places.length / topics.length);
          if (errorCode !== 0) throw new Error(`creating ${name} was answered with error ${errorCode}`);
        }
        await firstProduce(connection, places.at(-1)!);
      });
      this.add("topics created, the last partition written to", "us a partition", created, 1_000 / places.length);
      const written = await costOf(broker.pid, async () => {
        for (let first = 0; first < places.length - 1; first += atOnce) {
          const some = places.slice(first, Math.min(first + atOnce, places.length - 1));
          await Promise.all(some.map((place) => firstProduce(connection, place)));
        }
      });
      this.add("each partition written to", "us a partition", written, 1_000 / places.length);
    });
    await quiet(broker.pid);
  }

  async serve(): Promise<void> {
    const { broker, places, topics } = this;
    const { pid } = broker;
    await this.connected(async (connection) => {
      const metadata = await repeatedCostOf(pid, () => connection.metadata(topics));
      this.add("Metadata", "us a partition", metadata, 1_000 / places.length);
      const written = places[0]!;
      let offset = 1;
      const produce = async () => {
        offset = (await firstProduce(connection, written)) + 1;
      };
      this.add("Produce to one partition", "us", await repeatedCostOf(pid, produce), 1_000);
      await this.connected(async (consumer) => {
        const positions = places.map((place) => ({ ...place, offset: place === written ? offset : 1 }));
        const session = await FetchSession.open(consumer, positions);
        const withoutNews = await repeatedCostOf(pid, () => session.poll());
        this.add("Fetch of a session without news", "us", withoutNews, 1_000);
        const waiting = await repeatedCostOf(pid, async () => {
          const polled = session.poll(longWaitMs, [{ ...written, offset }]);
          await produce();
          await polled;
        });
        this.add("Produce, and Fetch of a session that waits for it", "us", waiting, 1_000);
      });
    });
    await quiet(pid);
    const { cpuMs } = await costOf(pid, () => delay(idleMs));
    this.figures.set("idle, CPU ms a second", (cpuMs * 1_000) / idleMs);
    this.figures.set("resident, MB", residentMegabytes(pid));
  }

  async stopAndStart(): Promise<void> {
    const { broker, places } = this;
    this.add("clean stop", "ms", await stopped(broker));
    await this.start("start after that, to a write");
    this.add("clean stop after a write to one", "ms", await stopped(broker));
    await broker.start();
    await this.connected((connection) => firstProduce(connection, places.at(-1)!));
    await broker.kill();
    await this.start("start after a kill, to a write");
  }

  private async start(what: string): Promise<void> {
    const { broker, places } = this;
    await broker.start();
    const startedMs = performance.now();
    await this.connected((connection) => firstProduce(connection, places.at(-1)!));
    const ms = broker.readyAfterMs + performance.now() - startedMs;
    this.add(what, "ms", { ms, cpuMs: cpuSeconds(broker.pid) * 1_000 });
  }

  private async connected(use: (connection: WireConnection) => Promise<unknown>): Promise<void> {
    const connection = await WireConnection.open(this.broker.host, this.broker.port, limitMs);
    try {
      await use(connection);
    } finally {
      connection.close();
    }
  }

  private add(what: string, unit: string, { ms, cpuMs }: Cost, unitsPerMs = 1): void {
    this.figures.set(`${what}: ${unit}`, ms * unitsPerMs);
    this.figures.set(`${what}: CPU ${unit}`, cpuMs * unitsPerMs);
  }
}

/** What is done in the background for new partitions is done, or goes on for longer than anybody would call it that. */
async function quiet(pid: number): Promise<void> {
  for (const deadlineMs = performance.now() + quietLimitMs; performance.now() < deadlineMs; ) {
    const { cpuMs } = await costOf(pid, () => delay(idleMs));
    if (cpuMs <= quietShare * idleMs) return;
  }
}

/** Many logs that were never flushed take longer than a test gives a broker. */
async function stopped(broker: BrokerUnderTest): Promise<Cost> {
  const { pid } = broker;
  const cpuBefore = cpuSeconds(pid);
  const startedMs = performance.now();
  let cpuMs = 0;
  broker.signal("SIGTERM");
  for (const deadlineMs = startedMs + stopLimitMs; existsSync(`/proc/${pid}`); await delay(5)) {
    if (performance.now() > deadlineMs) throw new Error(`the broker did not end within ${stopLimitMs} ms`);
    try {
      cpuMs = (cpuSeconds(pid) - cpuBefore) * 1_000;
    } catch {
      // It has ended between the two looks.
    }
  }
  const ms = performance.now() - startedMs;
  await broker.stop();
  return { ms, cpuMs };
}

const batch = recordBatch([{ value: "a record" }]);

/** Answers the offset. */
async function firstProduce(connection: WireConnection, { topic, index }: Place): Promise<number> {
  for (const deadlineMs = performance.now() + limitMs; ; await delay(1)) {
    const { errorCode, baseOffset } = await connection.produce(topic, index, batch);
    if (errorCode === 0) return baseOffset;
    if (performance.now() > deadlineMs) throw new Error(`${topic}-${index} takes no records`);
  }
}
