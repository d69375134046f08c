import { expect, test } from "vitest";
import { SeededRandom } from "../../adapters/simulator/index.ts";
import { ProcessClock } from "../../adapters/simulator/process-clock.ts";
import { Scheduler } from "../../adapters/simulator/scheduler.ts";
import { SimulatedDisk } from "../../adapters/simulator/simulated-disk.ts";

test("a directory that is renamed while it is brought to the disk is there under its new name, as on any file system", async () => {
  const scheduler = new Scheduler();
  const disk = new SimulatedDisk(new SeededRandom(1), () => 0);
  const files = disk.mount(new ProcessClock(scheduler, { startMs: 0, wallOffsetMs: 0, rate: 1 }));
  const outcomeOf = (synced: Promise<void>) =>
    synced.then(
      () => "synced",
      (error: NodeJS.ErrnoException) => error.code,
    );
  files.makeDirectory("/before");
  files.open("/before/file", "create").close();
  const outcomes = Promise.all(["/before", "/none"].map((path) => outcomeOf(files.syncDirectory(path))));
  files.rename("/before", "/after");
  const parent = outcomeOf(files.syncDirectory("/"));
  await scheduler.run(100);
  expect([...(await outcomes), await parent]).toEqual(["synced", "ENOENT", "synced"]);
  disk.losePower();
  expect(files.list("/after").map(({ name }) => name)).toEqual(["file"]);
});
