import { expect, vi } from "vitest";
import type { BrokerUnderTest } from "../../clients/broker-under-test.ts";
import { placesOf } from "../../clients/log-dirs/log-dir-requests.ts";
import { NumberedReader, NumberedWriter } from "../../clients/log-dirs/numbered-records.ts";
import { newProducer } from "../../clients/log-dirs/suite.ts";
import { uniqueName } from "../../clients/topic-names.ts";
import { WireConnection } from "../../clients/wire/connection.ts";
import { PATIENCE_MS, soon } from "../../patience.ts";
import type { LoopDisk } from "./loop-disk.ts";

export const LIMIT_MS = PATIENCE_MS;
export const KAFKA_STORAGE_ERROR = 56;
const BUSY_FACTOR = 3;
/** What a machine with other things to do takes at times. A loop that waits for a disk waits for ten seconds, or as long as that hangs. */
export const LONGEST_MS = 8_000;

/** A writer and a reader of a partition in each of the three log directories. */
export class Clients {
  private readonly connections: WireConnection[] = [];
  private readonly work: Promise<void>[] = [];
  /** How long writers have waited lately, while no disk was frozen. */
  private usual: number[] = [];
  /** By directory. */
  readonly writers: ReadonlyMap<string, NumberedWriter>;

  private constructor(writers: ReadonlyMap<string, NumberedWriter>) {
    this.writers = writers;
  }

  static async start(broker: BrokerUnderTest): Promise<Clients> {
    const control = await WireConnection.open(broker.host, broker.port, LIMIT_MS);
    const topic = uniqueName("stalled");
    await control.createReadyTopic(topic, 3);
    const writers = new Map<string, NumberedWriter>();
    for (const partition of [0, 1, 2]) {
      const [place] = await placesOf(control, topic, partition);
      writers.set(place!.directory, new NumberedWriter(topic, partition, await newProducer(control)));
    }
    control.close();
    expect(writers.size).toBe(3);
    const clients = new Clients(writers);
    for (const writer of writers.values()) {
      await clients.run(broker, (connection) => writer.writeUntilClosed(connection));
      const reader = new NumberedReader(topic, writer.partition);
      await clients.run(broker, (connection) => reader.readUntilClosed(connection));
    }
    await clients.allGoOn();
    return clients;
  }

  /**
   * Of the frozen directory's partition nothing is lost, but nothing is taken either. Whoever writes to another one waits for
   * its disk a few times, for half a second at most; and for a machine that is busy, several times as long as just before.
   */
  async othersGoOn(frozen: string): Promise<void> {
    const stalled = this.writers.get(frozen)!;
    const others = [...this.writers.values()].filter((writer) => writer !== stalled);
    const durations: number[] = [];
    for (const writer of others) writer.onAcknowledged = (durationMs) => durations.push(durationMs);
    const refused = stalled.refusals.codes.length;
    await vi.waitFor(() => expect(stalled.refusals.codes.length).toBeGreaterThan(refused), soon);
    expect(stalled.refusals.codes.slice(refused)).toContain(KAFKA_STORAGE_ERROR);
    const end = stalled.endOffset;
    await Promise.all(others.map((writer) => risen(writer, 1_000)));
    expect(stalled.endOffset).toBe(end);
    for (const writer of others) writer.onAcknowledged = () => {};
    expect(percentile(durations, 0.98)).toBeLessThan(500 + BUSY_FACTOR * percentile(this.usual, 0.98));
    expect(Math.max(...durations)).toBeLessThan(LONGEST_MS);
  }

  /** The disk with the metadata log hangs for a while: what changes the metadata waits for it, nobody else does. */
  async goOnWithoutMetadata(broker: BrokerUnderTest, disk: LoopDisk, directory: string): Promise<void> {
    disk.hang();
    const created = this.createTopic(broker);
    await this.othersGoOn(directory);
    disk.answer();
    await created;
    await this.allGoOn();
  }

  async createTopic(broker: BrokerUnderTest, partitions = 2): Promise<string> {
    const name = uniqueName("created");
    const control = await WireConnection.open(broker.host, broker.port, LIMIT_MS);
    await control.createReadyTopic(name, partitions);
    control.close();
    return name;
  }

  async deleteTopic(broker: BrokerUnderTest, name: string): Promise<void> {
    const control = await WireConnection.open(broker.host, broker.port, LIMIT_MS);
    expect(await control.deleteTopic(name)).toBe(0);
    control.close();
  }

  async allGoOn(): Promise<void> {
    const writers = [...this.writers.values()];
    await Promise.all(writers.map((writer) => risen(writer, 100)));
    this.usual = [];
    for (const writer of writers) writer.onAcknowledged = (durationMs) => this.usual.push(durationMs);
    await Promise.all(writers.map((writer) => risen(writer, 1_000)));
    for (const writer of writers) writer.onAcknowledged = () => {};
  }

  async close(): Promise<void> {
    for (const connection of this.connections) connection.close();
    await Promise.all(this.work);
  }

  /** Every record that was acknowledged is there, and stands where it was said to be. */
  async checkAll(broker: BrokerUnderTest): Promise<void> {
    const connection = await WireConnection.open(broker.host, broker.port, LIMIT_MS);
    for (const { topic, partition, endOffset } of this.writers.values()) {
      const reader = new NumberedReader(topic, partition);
      await reader.readTo(connection, endOffset);
      expect(reader.read).toBeGreaterThanOrEqual(endOffset);
    }
    connection.close();
  }

  private async run(broker: BrokerUnderTest, work: (connection: WireConnection) => Promise<void>): Promise<void> {
    const connection = await WireConnection.open(broker.host, broker.port, LIMIT_MS);
    this.connections.push(connection);
    const working = work(connection);
    this.work.push(working);
    // Nobody waits for it before all are closed, and those who wait for what it does should know.
    working.catch((error) => console.error("A client has ended:", error));
  }
}

async function risen(writer: NumberedWriter, records: number): Promise<void> {
  const { endOffset } = writer;
  await vi.waitFor(() => expect(writer.endOffset).toBeGreaterThan(endOffset + records), soon);
}

function percentile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * share)]!;
}
