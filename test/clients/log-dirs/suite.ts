import { rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type BrokerUnderTest, type Target, temporaryDirectory } from "../broker-under-test.ts";
import { uniqueName } from "../topic-names.ts";
import { WireConnection } from "../wire/connection.ts";
import { alterReplicaLogDir, placesOf } from "./log-dir-requests.ts";
import { NumberedReader, NumberedWriter } from "./numbered-records.ts";

const PARTITIONS = 2;
const MOVES_PER_ROUND = 10;

/**
 * Partitions move from one log directory to the next while a producer writes and a consumer checks every record; each round
 * of moves ends with a kill in the middle of one, or, for a broker that is a control only, with a restart.
 */
export function logDirsSuite(target: Target, moves: number): void {
  describe(`${target.name} moves partitions between log directories`, () => {
    const root = temporaryDirectory("log-dirs");
    const directories = ["d1", "d2", "d3"].map((name) => join(root, name));
    const topic = uniqueName("moving");
    let broker: BrokerUnderTest;
    let writers: NumberedWriter[];
    let readers: NumberedReader[];
    /** Where each partition is told to be. */
    const wanted: string[] = [];

    const connect = () => WireConnection.open(broker.host, broker.port);

    beforeAll(async () => {
      broker = await target.start({ "log.dirs": directories.join(","), "log.retention.check.interval.ms": "500" });
      const connection = await connect();
      const configs = { "segment.bytes": String(1 << 20), "retention.bytes": String(3 << 20) };
      await connection.createReadyTopic(topic, PARTITIONS, { ...configs, "file.delete.delay.ms": "200" });
      const partitions = Array.from({ length: PARTITIONS }, (_, partition) => partition);
      const producers = await Promise.all(partitions.map(() => newProducer(connection)));
      writers = partitions.map((partition) => new NumberedWriter(topic, partition, producers[partition]!));
      readers = partitions.map((partition) => new NumberedReader(topic, partition));
      for (const partition of partitions)
        wanted[partition] = (await placesOf(connection, topic, partition))[0]!.directory;
      connection.close();
    }, 90_000);

    afterAll(async () => {
      await broker?.dispose();
      rmSync(root, { recursive: true, force: true, maxRetries: 3 });
    });

    /** To the directory after the one where it is; resolves when it is there. */
    async function move(connection: WireConnection, partition: number, waits: boolean): Promise<void> {
      const next = directories[(directories.indexOf(wanted[partition]!) + 1) % directories.length]!;
      expect(await alterReplicaLogDir(connection, next, topic, partition)).toBe(0);
      wanted[partition] = next;
      if (waits) await untilMoved(connection, partition);
    }

    async function untilMoved(connection: WireConnection, partition: number): Promise<void> {
      const moved = [{ directory: wanted[partition]!, lag: 0, isFuture: false }];
      await vi.waitFor(async () => expect(await placesOf(connection, topic, partition)).toEqual(moved), {
        timeout: 30_000,
        interval: 20,
      });
    }

    test.for(Array.from({ length: Math.ceil(moves / MOVES_PER_ROUND) }, (_, round) => round))(
      `round %i: ${MOVES_PER_ROUND} moves and a ${target.isPolylog ? "kill" : "restart"}, every record is there, once`,
      { timeout: 120_000 },
      async (round) => {
        const connections = await Promise.all(Array.from({ length: 2 * PARTITIONS }, connect));
        const work = Promise.all([
          ...writers.map((writer, partition) => writer.writeUntilClosed(connections[2 * partition]!)),
          ...readers.map((reader, partition) => reader.readUntilClosed(connections[2 * partition + 1]!)),
        ]);
        const control = await connect();
        // What the kill of the last round has interrupted goes on by itself.
        for (let partition = 0; partition < PARTITIONS; partition++) await untilMoved(control, partition);
        const before = writers.map(({ endOffset }) => endOffset);
        for (let count = 1; count < MOVES_PER_ROUND; count++) await move(control, (round + count) % PARTITIONS, true);
        await move(control, round % PARTITIONS, false);
        await delay(Math.random() * 300);
        if (target.isPolylog) await broker.kill();
        else await broker.stop();
        await work;
        control.close();
        for (const [partition, writer] of writers.entries())
          expect(writer.endOffset).toBeGreaterThan(before[partition]!);

        await broker.start();
        const connection = await connect();
        for (const [partition, reader] of readers.entries()) {
          await reader.readTo(connection, writers[partition]!.endOffset);
          expect(reader.read).toBeGreaterThan(0);
        }
        connection.close();
      },
    );
  });
}

async function newProducer(connection: WireConnection) {
  return vi.waitFor(
    async () => {
      const answer = await connection.initProducerId();
      if (answer.errorCode !== 0) throw new Error(`InitProducerId was answered with error ${answer.errorCode}`);
      return answer;
    },
    { timeout: 10_000, interval: 50 },
  );
}
