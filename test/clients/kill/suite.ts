import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { BrokerUnderTest, Target } from "../broker-under-test.ts";
import { uniqueName } from "../topic-names.ts";
import { WireConnection } from "../wire/connection.ts";
import { type ReadRecord, readRecords, recordBatch } from "../wire/record-batch.ts";

const partitionCount = 3;

/**
 * SIGKILL in the middle of writing. What was acknowledged had been given to the kernel before, and the page cache
 * outlives the process: every such record must be there after the restart, flushed or not.
 */
export function killSuite(target: Target, kills: number): void {
  describe(`kill -9 of ${target.name}`, () => {
    let broker: BrokerUnderTest;
    const topic = uniqueName("killed");
    const acknowledged = new Acknowledged();

    beforeAll(async () => {
      // Segments that roll many times in a run, so that a kill hits rolling too.
      broker = await target.start({ "log.segment.bytes": String(1 << 20) });
      const connection = await WireConnection.open(broker.host, broker.port);
      await connection.createReadyTopic(topic, partitionCount);
      connection.close();
    }, 90_000);
    afterAll(() => broker?.dispose());

    test.for(Array.from({ length: kills }, (_, round) => round))(
      "kill %i loses no acknowledged record and leaves no gap",
      { timeout: 60_000 },
      async (round) => {
        const writers = await Promise.all(
          Array.from(
            { length: partitionCount },
            async (_, partition) =>
              new Writer(await WireConnection.open(broker.host, broker.port), topic, partition, round),
          ),
        );
        const written = Promise.all(writers.map((writer) => writer.writeUntilClosed(acknowledged)));
        await delay(100 + Math.random() * 300);
        await broker.kill();
        await written;
        expect(acknowledged.countOf(round)).toBeGreaterThan(0);

        await broker.start();
        const reader = await WireConnection.open(broker.host, broker.port);
        for (let partition = 0; partition < partitionCount; partition++) {
          const records = await readAll(reader, topic, partition);
          expect(firstGap(records)).toBeUndefined();
          expect(acknowledged.missingFrom(records, partition)).toEqual([]);
        }
        reader.close();
      },
    );
  });
}

class Acknowledged {
  private readonly records: { partition: number; offset: number; value: string; round: number }[] = [];

  add(partition: number, offset: number, value: string, round: number): void {
    this.records.push({ partition, offset, value, round });
  }

  countOf(round: number): number {
    return this.records.filter((record) => record.round === round).length;
  }

  missingFrom(found: readonly ReadRecord[], partition: number): string[] {
    return this.records
      .filter((record) => record.partition === partition && found[record.offset]?.value !== record.value)
      .map(
        ({ offset, value }) =>
          `${value.slice(0, 20)} was acknowledged at ${offset}; there is ${found[offset]?.value?.slice(0, 20)}`,
      );
  }
}

class Writer {
  private readonly connection: WireConnection;
  private readonly topic: string;
  private readonly partition: number;
  private readonly round: number;

  constructor(connection: WireConnection, topic: string, partition: number, round: number) {
    this.connection = connection;
    this.topic = topic;
    this.partition = partition;
    this.round = round;
  }

  async writeUntilClosed(acknowledged: Acknowledged): Promise<void> {
    for (let batch = 0; ; batch++) {
      const values = Array.from(
        { length: 1 + (batch % 7) },
        (_, i) => `${this.round}.${this.partition}.${batch}.${i}.${"x".repeat((batch * 37) % 3_000)}`,
      );
      try {
        const { errorCode, baseOffset } = await this.connection.produce(
          this.topic,
          this.partition,
          recordBatch(values.map((value) => ({ value }))),
        );
        if (errorCode !== 0) throw new Error(`error ${errorCode} while writing`);
        for (const [i, value] of values.entries()) acknowledged.add(this.partition, baseOffset + i, value, this.round);
      } catch (error) {
        if (!this.connection.isClosed) throw error;
        return;
      }
    }
  }
}

async function readAll(connection: WireConnection, topic: string, partition: number): Promise<ReadRecord[]> {
  const records: ReadRecord[] = [];
  for (;;) {
    const {
      errorCode,
      highWatermark,
      records: bytes,
    } = await connection.fetch(topic, partition, records.length, 4 << 20, 0);
    if (errorCode !== 0)
      throw new Error(`fetching ${topic}-${partition} from ${records.length} was answered with error ${errorCode}`);
    if (records.length >= highWatermark) return records;
    const found = readRecords(bytes).filter(({ offset }) => offset >= records.length);
    if (found.length === 0)
      throw new Error(`nothing to read at ${records.length} below the high watermark ${highWatermark}`);
    records.push(...found);
  }
}

function firstGap(records: readonly ReadRecord[]): string | undefined {
  const index = records.findIndex(({ offset }, i) => offset !== i);
  return index < 0 ? undefined : `offset ${records[index]!.offset} in place of ${index}`;
}
