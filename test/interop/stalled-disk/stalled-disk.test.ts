import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { polylogTargets } from "../../clients/polylog-server.ts";
import { soon } from "../../patience.ts";
import { Clients, LIMIT_MS } from "./clients.ts";
import { FreezableDisk } from "./freezable-disk.ts";
import { placeForDisks } from "./loop-disk.ts";

const { freshDirectory, isPossible } = placeForDisks(
  "stalled-disk",
  "a log directory whose disk hangs",
  (directory) => new FreezableDisk(directory),
);

describe.runIf(isPossible).for([...polylogTargets])(
  "$name, of three log directories one frozen at a time, the first has the metadata log",
  (target) => {
    test(
      "the others' clients go on; what was acknowledged is there after a thaw, and after a stop that began in a freeze",
      async () => {
        const directory = freshDirectory(target.name);
        using metadataDisk = new FreezableDisk(join(directory, "first"));
        using dataDisk = new FreezableDisk(join(directory, "second"));
        const withMetadata = join(metadataDisk.path, "d1");
        const frozen = join(dataDisk.path, "d2");
        const broker = await target.start({
          "log.dirs": [withMetadata, frozen, join(directory, "d3")].join(","),
          "log.flush.scheduler.interval.ms": "200",
          "log.flush.interval.ms": "200",
        });
        try {
          const clients = await Clients.start(broker);
          const doomed = await clients.createTopic(broker, 3);
          dataDisk.hang();
          await clients.othersGoOn(frozen);
          await clients.deleteTopic(broker, doomed);
          await clients.createTopic(broker);
          await clients.othersGoOn(frozen);
          dataDisk.answer();
          await clients.allGoOn();
          expect(broker.output).toContain(`Log directory ${frozen} answers again`);

          await clients.goOnWithoutMetadata(broker, metadataDisk, withMetadata);
          expect(broker.output).toContain(`The disk of the metadata log in ${withMetadata} answers again`);

          dataDisk.hang();
          await clients.othersGoOn(frozen);
          const stopped = broker.stop();
          await vi.waitFor(() => expect(broker.output).toContain(`Stopping waits for log directory ${frozen}`), soon);
          await clients.close();
          dataDisk.answer();
          await stopped;

          await broker.start();
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
