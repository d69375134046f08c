import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { polylogTargets } from "../../clients/polylog-server.ts";
import { uniqueName } from "../../clients/topic-names.ts";
import { WireConnection } from "../../clients/wire/connection.ts";
import { readRecords, recordBatch } from "../../clients/wire/record-batch.ts";
import { LIMIT_MS } from "./clients.ts";
import { DeadDisk } from "./dead-disk.ts";
import { placeForDisks } from "./loop-disk.ts";
import { Pings } from "./pings.ts";

const BATCHES = 4;
const VALUE = "x".repeat(900_000);
/** A piece of 256 KB takes a second, and whoever else wants something of the disk waits behind it. */
const BYTES_PER_SECOND = 256 * 1024;

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
    test(
      "a consumer of what is on the disk only keeps nobody else waiting, neither when it sends records nor when it looks for them",
      async () => {
        const directory = freshDirectory(target.name);
        using disk = new DeadDisk(join(directory, "slow"));
        const broker = await target.start({ "log.dirs": join(disk.path, "d") });
        try {
          const topic = uniqueName("cold");
          const consumer = await WireConnection.open(broker.host, broker.port, LIMIT_MS);
          await consumer.createReadyTopic(topic);
          for (let batch = 0; batch < BATCHES; batch++)
            await consumer.produce(topic, 0, recordBatch([{ value: VALUE }]));
          // Without what a log remembers of its last batches.
          await broker.stop();
          await broker.start();
          const reader = await WireConnection.open(broker.host, broker.port, LIMIT_MS);
          disk.slowDown(BYTES_PER_SECOND);
          const pings = new Pings(broker);
          for (let offset = 0; offset < BATCHES; offset++) {
            const { errorCode, records } = await reader.fetch(topic, 0, offset, 1_000);
            expect(errorCode).toBe(0);
            expect(readRecords(records)).toMatchObject([{ offset, value: VALUE }]);
          }
          expect(await pings.end()).toBeLessThan(LONGEST_PING_MS);
          reader.close();
          consumer.close();
        } finally {
          disk.answer();
          await broker.dispose();
        }
      },
      2 * LIMIT_MS,
    );
  },
);
