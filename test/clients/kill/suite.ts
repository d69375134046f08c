import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { PATIENCE_MS, soon } from "../../patience.ts";
import type { BrokerUnderTest, Target } from "../broker-under-test.ts";
import { uniqueName } from "../topic-names.ts";
import { WireConnection } from "../wire/connection.ts";
import { type ReadRecord, readRecords } from "../wire/record-batch.ts";
import { Committer } from "./committer.ts";
import { IdempotentWriter } from "./idempotent-writer.ts";

const partitionCount = 3;

/**
 * SIGKILL in the middle of writing. What was acknowledged had been given to the kernel before, and the page cache
 * outlives the process: every such record and every such committed offset must be there after the restart, flushed or
 * not, and a batch that is sent again because its answer never came must not be there twice.
 */
export function killSuite(target: Target, kills: number): void {
  describe(`kill -9 of ${target.name}`, () => {
    let broker: BrokerUnderTest;
    let writers: IdempotentWriter[];
    let committer: Committer;

    beforeAll(async () => {
      // Segments that roll many times in a run, so that a kill hits rolling too.
      broker = await target.start({ "log.segment.bytes": String(1 << 20) });
      const connection = await WireConnection.open(broker.host, broker.port);
      const topic = uniqueName("killed");
      await connection.createReadyTopic(topic, partitionCount);
      writers = [];
      for (let partition = 0; partition < partitionCount; partition++)
        writers.push(await IdempotentWriter.create(connection, topic, partition));
      committer = await Committer.create(connection, uniqueName("killed"), topic);
      connection.close();
    });
    afterAll(() => broker?.dispose());

    test.for(Array.from({ length: kills }, (_, round) => round))(
      "kill %i loses nothing acknowledged, repeats nothing and leaves no gap",
      { timeout: 4 * PATIENCE_MS },
      async () => {
        const connections = await Promise.all(
          Array.from({ length: partitionCount + 1 }, () => WireConnection.open(broker.host, broker.port)),
        );
        const before = writers.map(({ acknowledged }) => acknowledged.length);
        const working = Promise.all([
          ...writers.map((writer, i) => writer.writeUntilClosed(connections[i]!)),
          committer.commitUntilClosed(connections[partitionCount]!),
        ]);
        await vi.waitFor(
          () => {
            for (const [i, writer] of writers.entries()) expect(writer.acknowledged.length).toBeGreaterThan(before[i]!);
          },
          { ...soon, interval: 10 },
        );
        await delay(Math.random() * 300);
        await broker.kill();
        await working;

        await broker.start();
        const connection = await WireConnection.open(broker.host, broker.port);
        for (const writer of writers) {
          await writer.repeatUnanswered(connection);
          const records = await readAll(connection, writer.topic, writer.partition);
          expect(firstGap(records)).toBeUndefined();
          expect(records.map(({ value }) => value)).toEqual(writer.acknowledged);
        }
        await vi.waitFor(async () => expect(await committer.loss(connection)).toBeUndefined(), soon);
        connection.close();
      },
    );
  });
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
