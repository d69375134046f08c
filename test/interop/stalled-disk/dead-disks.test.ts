import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import type { BrokerUnderTest } from "../../clients/broker-under-test.ts";
import { placesOf } from "../../clients/log-dirs/log-dir-requests.ts";
import { NumberedReader, NumberedWriter } from "../../clients/log-dirs/numbered-records.ts";
import { newProducer } from "../../clients/log-dirs/suite.ts";
import { polylogTargets } from "../../clients/polylog-server.ts";
import { uniqueName } from "../../clients/topic-names.ts";
import { WireConnection } from "../../clients/wire/connection.ts";
import { soon } from "../../patience.ts";
import { LIMIT_MS } from "./clients.ts";
import { DeadDisk } from "./dead-disk.ts";
import { placeForDisks } from "./loop-disk.ts";

const DEAD = ["b", "c", "d"];
/** In each directory as many are flushed at a time as it may have under way: on the dead ones more than a runtime has threads for. */
const PARTITIONS = 4;

const { freshDirectory, isPossible } = placeForDisks(
  "dead-disks",
  "several log directories whose disks are dead",
  (directory) => new DeadDisk(directory),
);

describe.runIf(isPossible).for([...polylogTargets])(
  "$name, of five log directories all but two on disks that die at the same time",
  (target) => {
    test(
      "what has to be flushed to the others is, and a start goes on without the dead ones",
      async () => {
        const directory = freshDirectory(target.name);
        const disks = DEAD.map((name) => new DeadDisk(join(directory, name)));
        const dead = disks.map(({ path }) => join(path, "data"));
        const logDirs = [join(directory, "a"), ...dead, join(directory, "e")];
        const broker = await target.start({
          "log.dirs": logDirs.join(","),
          "log.flush.interval.messages": "1",
          "polylog.log.dir.stall.timeout.ms": "15000",
        });
        try {
          const writers = await startWriters(broker, PARTITIONS * logDirs.length);
          const others = writers.filter(({ place }) => !dead.includes(place));
          expect(others).toHaveLength(2 * PARTITIONS);
          await Promise.all(writers.map(({ writer }) => risen(writer)));
          for (const disk of disks) disk.hangWithMemory();
          await Promise.all(others.map(({ writer }) => risen(writer)));
          for (const disk of disks) disk.answer();
          await Promise.all(writers.map(({ writer }) => risen(writer)));
          for (const { connection } of writers) connection.close();
          await Promise.all(writers.map(({ work }) => work));
          await broker.stop();

          for (const disk of disks) disk.hang();
          await broker.start();
          for (const path of dead) {
            const line = `Log directory ${path} is out of use: The file system of ${path} has not answered for 15000 ms`;
            expect(broker.output).toContain(line);
          }
          const control = await WireConnection.open(broker.host, broker.port, LIMIT_MS);
          for (const { writer } of others) {
            const reader = new NumberedReader(writer.topic, writer.partition);
            await reader.readTo(control, writer.endOffset);
          }
          await control.createReadyTopic(uniqueName("created"), 2);
          control.close();
        } finally {
          for (const disk of disks) disk.answer();
          await broker.dispose();
          for (const disk of disks) disk[Symbol.dispose]();
        }
      },
      4 * LIMIT_MS,
    );
  },
);

/** One for each of so many partitions, as many in each directory. */
async function startWriters(broker: BrokerUnderTest, count: number) {
  const control = await WireConnection.open(broker.host, broker.port, LIMIT_MS);
  const topic = uniqueName("dead");
  await control.createReadyTopic(topic, count);
  const writers = [];
  for (let partition = 0; partition < count; partition++) {
    const [place] = await placesOf(control, topic, partition);
    const writer = new NumberedWriter(topic, partition, await newProducer(control));
    const connection = await WireConnection.open(broker.host, broker.port, LIMIT_MS);
    writers.push({ place: place!.directory, writer, connection, work: writer.writeUntilClosed(connection) });
  }
  control.close();
  return writers;
}

async function risen(writer: NumberedWriter): Promise<void> {
  const { endOffset } = writer;
  await vi.waitFor(() => expect(writer.endOffset).toBeGreaterThan(endOffset + 200), soon);
}
