import { rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { PATIENCE_MS, soon } from "../../patience.ts";
import { type BrokerUnderTest, type Target, temporaryDirectory } from "../broker-under-test.ts";
import { uniqueName } from "../topic-names.ts";
import { WireConnection } from "../wire/connection.ts";
import { alterReplicaLogDir, placesOf, sizeOf } from "./log-dir-requests.ts";
import { NumberedReader, NumberedWriter } from "./numbered-records.ts";

const PARTITIONS = 2;
const MOVES_PER_ROUND = 10;
const PROMPT_RETENTION = { "log.retention.check.interval.ms": "500", "log.initial.task.delay.ms": "500" };
const RETAINED_BYTES = 3 << 20;
const MOST_MOVED_BYTES = 8 << 20;
const LIMIT_MS = PATIENCE_MS;

/**
 * Partitions move from one log directory to the next while a producer writes and a consumer checks every record; each round
 * of moves ends with a kill in the middle of one, or, for a broker that is a control only, with a restart.
 */
export function logDirsSuite(target: Target, moves: number): void {
  describe(`${target.name} moves partitions between log directories`, () => {
    const topic = uniqueName("moving");
    let root: string;
    let directories: string[];
    let broker: BrokerUnderTest | undefined;
    let writers: NumberedWriter[];
    let readers: NumberedReader[];
    /** Where each partition is told to be. */
    let wanted: string[];

    const connect = () => WireConnection.open(broker!.host, broker!.port, LIMIT_MS);

    async function startFresh(): Promise<void> {
      root = temporaryDirectory("log-dirs");
      directories = ["d1", "d2", "d3"].map((name) => join(root, name));
      broker = await target.start({ "log.dirs": directories.join(","), ...PROMPT_RETENTION });
      const connection = await connect();
      const configs = { "segment.bytes": String(1 << 20), "retention.bytes": String(RETAINED_BYTES) };
      await connection.createReadyTopic(topic, PARTITIONS, { ...configs, "file.delete.delay.ms": "200" });
      const partitions = Array.from({ length: PARTITIONS }, (_, partition) => partition);
      const producers = await Promise.all(partitions.map(() => newProducer(connection)));
      writers = partitions.map((partition) => new NumberedWriter(topic, partition, producers[partition]!));
      readers = partitions.map((partition) => new NumberedReader(topic, partition));
      const places = await Promise.all(partitions.map((partition) => placesOf(connection, topic, partition)));
      wanted = places.map(([place]) => place!.directory);
      connection.close();
    }

    async function dispose(): Promise<void> {
      const ended = broker;
      broker = undefined;
      await ended?.dispose();
      rmSync(root, { recursive: true, force: true, maxRetries: 3 });
    }

    beforeAll(startFresh, 2 * LIMIT_MS);
    afterAll(dispose);

    /** To the directory after the one where it is; resolves when it is there. */
    async function move(connection: WireConnection, partition: number, waits: boolean): Promise<void> {
      const next = directories[(directories.indexOf(wanted[partition]!) + 1) % directories.length]!;
      const ask = async () => expect(await alterReplicaLogDir(connection, next, topic, partition)).toBe(0);
      if (target.isPolylog) await ask();
      else await vi.waitFor(ask, { timeout: LIMIT_MS, interval: 100 });
      wanted[partition] = next;
      if (waits) await untilMoved(connection, partition);
    }

    async function untilMoved(connection: WireConnection, partition: number): Promise<void> {
      const moved = [{ directory: wanted[partition]!, lag: 0, isFuture: false }];
      await vi.waitFor(async () => expect(await placesOf(connection, topic, partition)).toEqual(moved), {
        timeout: LIMIT_MS,
        interval: 20,
      });
    }

    /** Retention leaves alone what moves: without a break the log would be larger from round to round. */
    async function untilShortened(connection: WireConnection, partition: number): Promise<void> {
      const size = () => sizeOf(connection, topic, partition);
      await vi.waitFor(async () => expect(await size()).toBeLessThan(MOST_MOVED_BYTES), { ...soon, interval: 50 });
    }

    /** The broker ends in the middle of the last of ten moves. Everything that was opened is closed, however it goes. */
    async function moveAndEnd(round: number): Promise<void> {
      const connections = await Promise.all(Array.from({ length: 2 * PARTITIONS + 1 }, connect));
      const control = connections.at(-1)!;
      const work = [
        ...writers.map((writer, partition) => writer.writeUntilClosed(connections[2 * partition]!)),
        ...readers.map((reader, partition) => reader.readUntilClosed(connections[2 * partition + 1]!)),
      ];
      const ended = Promise.allSettled(work);
      try {
        // What the kill of the last round has interrupted goes on by itself.
        for (let partition = 0; partition < PARTITIONS; partition++) await untilMoved(control, partition);
        for (let partition = 0; partition < PARTITIONS; partition++) await untilShortened(control, partition);
        for (let count = 1; count < MOVES_PER_ROUND; count++) await move(control, (round + count) % PARTITIONS, true);
        await move(control, round % PARTITIONS, false);
        await delay(Math.random() * 300);
        if (target.isPolylog) await broker!.kill();
        else await broker!.stop();
      } finally {
        for (const connection of connections) connection.close();
        await ended;
      }
      await Promise.all(work);
    }

    let isWhole = true;
    test.for(Array.from({ length: Math.ceil(moves / MOVES_PER_ROUND) }, (_, round) => round))(
      `round %i: ${MOVES_PER_ROUND} moves and a ${target.isPolylog ? "kill" : "restart"}, every record is there, once`,
      { timeout: 5 * LIMIT_MS },
      async (round) => {
        // A round that has failed leaves nothing to its next try.
        if (!isWhole) await dispose().then(startFresh);
        isWhole = false;
        const before = writers.map(({ endOffset }) => endOffset);
        await moveAndEnd(round);
        for (const [partition, writer] of writers.entries())
          expect(writer.endOffset).toBeGreaterThan(before[partition]!);

        await broker!.start();
        const connection = await connect();
        for (const [partition, reader] of readers.entries()) {
          await reader.readTo(connection, writers[partition]!.endOffset);
          expect(reader.read).toBeGreaterThan(0);
        }
        connection.close();
        // A broker that stops refuses its clients for a moment; a move alone refuses nobody, but a slow disk may.
        if (target.isPolylog && !broker!.output.includes("does not answer"))
          expect([...writers, ...readers].flatMap(({ refusals }) => refusals.codes)).toEqual([]);
        isWhole = true;
      },
    );
  });
}

export async function newProducer(connection: WireConnection) {
  return vi.waitFor(
    async () => {
      const answer = await connection.initProducerId();
      if (answer.errorCode !== 0) throw new Error(`InitProducerId was answered with error ${answer.errorCode}`);
      return answer;
    },
    { timeout: LIMIT_MS, interval: 50 },
  );
}
