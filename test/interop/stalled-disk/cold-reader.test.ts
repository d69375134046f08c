import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { polylogTargets } from "../../clients/polylog-server.ts";
import { uniqueName } from "../../clients/topic-names.ts";
import { WireConnection } from "../../clients/wire/connection.ts";
import { readRecords, recordBatch } from "../../clients/wire/record-batch.ts";
import { soon } from "../../patience.ts";
import { LIMIT_MS } from "./clients.ts";
import { DeadDisk } from "./dead-disk.ts";
import { placeForDisks } from "./loop-disk.ts";
import { Pings } from "./pings.ts";

const BATCHES = 4;
const VALUE = "x".repeat(900_000);
/** Of the first record; each later one is a millisecond later. */
const FIRST_MS = Date.now() - 60_000;
/** A piece of 256 KB takes a second, and whoever else wants something of the disk waits behind it. */
const BYTES_PER_SECOND = 256 * 1024;

/** Some eight megabytes, of which a coordinator reads five at a time. */
const COMMITS = 2_000;
const METADATA = "m".repeat(4_000);
const COORDINATOR_BYTES_PER_SECOND = 1024 * 1024;

/** With some tens of other processes it is a tenth of a second. Who waits for the disk once waits for more than two. */
const LONGEST_PING_MS = 1_500;

const { freshDirectory, isPossible } = placeForDisks(
  "cold-reader",
  "a consumer of old data on a slow disk",
  (directory) => new DeadDisk(directory),
);

describe.runIf(isPossible).for([...polylogTargets])(
  "$name, its only log directory on a disk that gives little",
  (target) => {
    /** How long others have waited at most while `ask` asked for what is on the disk only. */
    async function slowestPingMs(ask: (connection: WireConnection, topic: string) => Promise<void>): Promise<number> {
      using disk = new DeadDisk(join(freshDirectory(target.name), "slow"));
      const broker = await target.start({ "log.dirs": join(disk.path, "d") });
      try {
        const topic = uniqueName("cold");
        const producer = await WireConnection.open(broker.host, broker.port, LIMIT_MS);
        await producer.createReadyTopic(topic);
        for (let batch = 0; batch < BATCHES; batch++) {
          await producer.produce(topic, 0, recordBatch([{ value: VALUE }], { timestamp: FIRST_MS + batch }));
        }
        producer.close();
        // Without what a log remembers of its last batches.
        await broker.stop();
        await broker.start();
        const connection = await WireConnection.open(broker.host, broker.port, LIMIT_MS);
        disk.slowDown(BYTES_PER_SECOND);
        const pings = new Pings(broker);
        await ask(connection, topic);
        const slowestMs = await pings.end();
        connection.close();
        return slowestMs;
      } finally {
        disk.answer();
        await broker.dispose();
      }
    }

    test(
      "a consumer of what is on the disk only keeps nobody else waiting, neither when it sends records nor when it looks for them",
      async () => {
        const waitedMs = await slowestPingMs(async (reader, topic) => {
          for (let offset = 0; offset < BATCHES; offset++) {
            const { errorCode, records } = await reader.fetch(topic, 0, offset, 1_000);
            expect(errorCode).toBe(0);
            expect(readRecords(records)).toMatchObject([{ offset, value: VALUE }]);
          }
        });
        expect(waitedMs).toBeLessThan(LONGEST_PING_MS);
      },
      2 * LIMIT_MS,
    );

    test(
      "who looks for times of what is on the disk only keeps nobody else waiting",
      async () => {
        const waitedMs = await slowestPingMs(async (client, topic) => {
          for (const offset of [0, BATCHES - 1]) {
            const listed = await client.listOffset(topic, 0, FIRST_MS + offset);
            expect(listed).toEqual({ errorCode: 0, timestamp: FIRST_MS + offset, offset });
          }
        });
        expect(waitedMs).toBeLessThan(LONGEST_PING_MS);
      },
      2 * LIMIT_MS,
    );

    test(
      "a coordinator that loads what is on the disk only keeps nobody else waiting",
      async () => {
        using disk = new DeadDisk(join(freshDirectory(target.name), "slow"));
        const settings = { "log.dirs": join(disk.path, "d"), "offsets.topic.num.partitions": "1" };
        const broker = await target.start(settings);
        try {
          const committer = await WireConnection.open(broker.host, broker.port, LIMIT_MS);
          const topic = uniqueName("committed");
          await committer.createReadyTopic(topic);
          const commit = (offset: number) => committer.commitOffset("g", topic, 0, offset, METADATA);
          await vi.waitFor(
            async () => expect([await committer.findCoordinator("g"), await commit(0)]).toEqual([0, 0]),
            soon,
          );
          for (let offset = 1; offset <= COMMITS; offset++) await commit(offset);
          committer.close();
          await broker.stop();
          disk.slowDown(COORDINATOR_BYTES_PER_SECOND);
          await broker.start();
          const pings = new Pings(broker);
          const reader = await WireConnection.open(broker.host, broker.port, LIMIT_MS);
          const committed = () => reader.committedOffset("g", topic, 0);
          await vi.waitFor(async () => expect(await committed()).toEqual({ offset: COMMITS, errorCode: 0 }), soon);
          expect(await pings.end()).toBeLessThan(LONGEST_PING_MS);
          reader.close();
        } finally {
          disk.answer();
          await broker.dispose();
        }
      },
      2 * LIMIT_MS,
    );
  },
);
