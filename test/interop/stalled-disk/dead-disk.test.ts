import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import type { BrokerUnderTest } from "../../clients/broker-under-test.ts";
import { NumberedReader } from "../../clients/log-dirs/numbered-records.ts";
import { polylogTargets } from "../../clients/polylog-server.ts";
import { WireConnection } from "../../clients/wire/connection.ts";
import { soon } from "../../patience.ts";
import { Clients, KAFKA_STORAGE_ERROR, LIMIT_MS, LONGEST_MS } from "./clients.ts";
import { DeadDisk } from "./dead-disk.ts";
import { placeForDisks } from "./loop-disk.ts";
import { Pings } from "./pings.ts";

/** NOT_LEADER_OR_FOLLOWER, which clients knew before KAFKA_STORAGE_ERROR. */
const STORAGE_ERROR_OF_OLD_FETCH = 6;

const { freshDirectory, isPossible } = placeForDisks(
  "dead-disk",
  "a log directory whose disk gives nothing",
  (directory) => new DeadDisk(directory),
);

describe.runIf(isPossible).for([...polylogTargets])(
  "$name, of three log directories one on a disk that gives and takes nothing, the first has the metadata log",
  (target) => {
    test(
      "the others' clients go on, while what is not in memory is asked for, written to or not; nothing is lost when it comes back",
      async () => {
        const directory = freshDirectory(target.name);
        using metadataDisk = new DeadDisk(join(directory, "first"));
        using dataDisk = new DeadDisk(join(directory, "second"));
        const withMetadata = join(metadataDisk.path, "d1");
        const dead = join(dataDisk.path, "d2");
        const broker = await target.start({
          "log.dirs": [withMetadata, dead, join(directory, "d3")].join(","),
          "log.segment.bytes": "1048576",
          "log.flush.scheduler.interval.ms": "200",
          "log.flush.interval.ms": "200",
        });
        try {
          const clients = await Clients.start(broker);
          const written = clients.writers.get(dead)!;
          await vi.waitFor(() => expect(written.endOffset).toBeGreaterThan(10_000), soon);
          dataDisk.hang();
          await Promise.all([clients.othersGoOn(dead), refusedAtStart(broker, written)]);
          dataDisk.answer();
          await clients.allGoOn();
          expect(broker.output).toContain(`Log directory ${dead} answers again`);

          await clients.goOnWithoutMetadata(broker, metadataDisk, withMetadata);
          await clients.close();

          // Nobody writes, and nothing has been read since the start: the first who asks finds out.
          await broker.stop();
          await broker.start();
          dataDisk.hang();
          const pings = new Pings(broker);
          await refusedAtStart(broker, written);
          expect(await pings.end()).toBeLessThan(LONGEST_MS);
          dataDisk.answer();
          await clients.checkAll(broker);
        } finally {
          for (const disk of [metadataDisk, dataDisk]) disk.answer();
          await broker.dispose();
        }
      },
      4 * LIMIT_MS,
    );
  },
);

/** What is at the start of the log is not in memory: it is refused, and so is a search for it. */
async function refusedAtStart(broker: BrokerUnderTest, { topic, partition }: { topic: string; partition: number }) {
  const reader = new NumberedReader(topic, partition);
  const reading = await WireConnection.open(broker.host, broker.port, LIMIT_MS);
  const asking = await WireConnection.open(broker.host, broker.port, LIMIT_MS);
  try {
    const read = reader.readUntilClosed(reading);
    await vi.waitFor(() => expect(reader.refusals.codes).toContain(STORAGE_ERROR_OF_OLD_FETCH), soon);
    expect(await asking.listOffset(topic, partition, 1)).toMatchObject({ errorCode: KAFKA_STORAGE_ERROR });
    reading.close();
    await read;
  } finally {
    reading.close();
    asking.close();
  }
}
