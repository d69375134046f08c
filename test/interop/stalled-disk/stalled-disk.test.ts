import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test, vi } from "vitest";
import { type BrokerUnderTest, temporaryDirectory } from "../../clients/broker-under-test.ts";
import { placesOf } from "../../clients/log-dirs/log-dir-requests.ts";
import { NumberedReader, NumberedWriter } from "../../clients/log-dirs/numbered-records.ts";
import { newProducer } from "../../clients/log-dirs/suite.ts";
import { polylogTargets } from "../../clients/polylog-server.ts";
import { uniqueName } from "../../clients/topic-names.ts";
import { WireConnection } from "../../clients/wire/connection.ts";
import { FreezableDisk } from "./freezable-disk.ts";

const LIMIT_MS = 60_000;
const soon = { timeout: LIMIT_MS, interval: 20 };
const KAFKA_STORAGE_ERROR = 56;

const root = temporaryDirectory("stalled-disk");
afterAll(() => rmSync(root, { recursive: true, force: true, maxRetries: 3 }));
const obstacle = FreezableDisk.obstacle(join(root, "tried"));
if (obstacle !== undefined) console.error(`\nNOT TESTED: a log directory whose disk hangs: ${obstacle}\n`);

describe.runIf(obstacle === undefined).for([...polylogTargets])(
  "$name, one of two log directories frozen",
  (target) => {
    test(
      "the other one's clients and the controller go on; what was acknowledged is there after a thaw, and after a stop that began in a freeze",
      async () => {
        const directory = join(root, target.name);
        using disk = new FreezableDisk(directory);
        const frozen = join(disk.path, "d1");
        const broker = await target.start({
          "log.dirs": `${frozen},${join(directory, "d2")}`,
          "metadata.log.dir": join(directory, "metadata"),
          "log.flush.scheduler.interval.ms": "200",
          "log.flush.interval.ms": "200",
        });
        try {
          const clients = await Clients.start(broker, frozen);
          disk.freeze();
          await clients.othersGoOn(broker);
          disk.thaw();
          await clients.allGoOn();
          expect(broker.output).toContain(`Log directory ${frozen} answers again`);

          disk.freeze();
          await clients.othersGoOn(broker);
          const stopped = broker.stop();
          await vi.waitFor(() => expect(broker.output).toContain(`Stopping waits for log directory ${frozen}`), soon);
          await clients.close();
          disk.thaw();
          await stopped;

          await broker.start();
          await clients.checkAll(broker);
        } finally {
          disk.thaw();
          await broker.dispose();
        }
      },
      4 * LIMIT_MS,
    );
  },
);

/** A writer and a reader of each of two partitions: one is in the directory that will be frozen. */
class Clients {
  private readonly connections: WireConnection[] = [];
  private readonly work: Promise<void>[] = [];
  private readonly writers: readonly NumberedWriter[];
  private readonly stalled: NumberedWriter;
  private readonly other: NumberedWriter;

  private constructor(writers: readonly NumberedWriter[], stalled: NumberedWriter, other: NumberedWriter) {
    this.writers = writers;
    this.stalled = stalled;
    this.other = other;
  }

  static async start(broker: BrokerUnderTest, frozen: string): Promise<Clients> {
    const control = await WireConnection.open(broker.host, broker.port, LIMIT_MS);
    const topic = uniqueName("stalled");
    await control.createReadyTopic(topic, 2);
    const writers: NumberedWriter[] = [];
    for (const partition of [0, 1]) writers.push(new NumberedWriter(topic, partition, await newProducer(control)));
    const places = [await placesOf(control, topic, 0), await placesOf(control, topic, 1)];
    const index = places.findIndex(([place]) => place!.directory === frozen);
    control.close();
    const clients = new Clients(writers, writers[index]!, writers[1 - index]!);
    for (const writer of writers) {
      await clients.run(broker, (connection) => writer.writeUntilClosed(connection));
      const reader = new NumberedReader(topic, writer.partition);
      await clients.run(broker, (connection) => reader.readUntilClosed(connection));
    }
    await clients.allGoOn();
    return clients;
  }

  /** Of the frozen directory's partition nothing is lost, but nothing is taken either. */
  async othersGoOn(broker: BrokerUnderTest): Promise<void> {
    const refused = this.stalled.refusals.codes.length;
    await vi.waitFor(() => expect(this.stalled.refusals.codes.length).toBeGreaterThan(refused), soon);
    expect(this.stalled.refusals.codes.slice(refused)).toContain(KAFKA_STORAGE_ERROR);
    const end = this.stalled.endOffset;
    await risen(this.other, 500);
    const control = await WireConnection.open(broker.host, broker.port, LIMIT_MS);
    await control.createReadyTopic(uniqueName("created"), 2);
    control.close();
    expect(this.stalled.endOffset).toBe(end);
  }

  async allGoOn(): Promise<void> {
    for (const writer of this.writers) await risen(writer, 100);
  }

  async close(): Promise<void> {
    for (const connection of this.connections) connection.close();
    await Promise.all(this.work);
  }

  /** Every record that was acknowledged is there, and stands where it was said to be. */
  async checkAll(broker: BrokerUnderTest): Promise<void> {
    const connection = await WireConnection.open(broker.host, broker.port, LIMIT_MS);
    for (const { topic, partition, endOffset } of this.writers) {
      const reader = new NumberedReader(topic, partition);
      await reader.readTo(connection, endOffset);
      expect(reader.read).toBeGreaterThanOrEqual(endOffset);
    }
    connection.close();
  }

  private async run(broker: BrokerUnderTest, work: (connection: WireConnection) => Promise<void>): Promise<void> {
    const connection = await WireConnection.open(broker.host, broker.port, LIMIT_MS);
    this.connections.push(connection);
    this.work.push(work(connection));
  }
}

async function risen(writer: NumberedWriter, records: number): Promise<void> {
  const { endOffset } = writer;
  await vi.waitFor(() => expect(writer.endOffset).toBeGreaterThan(endOffset + records), soon);
}
