import { expect, test } from "vitest";
import { createSimulatedRuntime } from "../../adapters/simulator/index.ts";
import { RaftDriver } from "../../src/raft/raft-driver.ts";
import { writeSnapshot } from "../../src/raft/snapshot-file.ts";
import { hangFlushes } from "../log/hanging-flushes.ts";
import { settled } from "../log/log-fixture.ts";
import { StallingFiles } from "../log/stalling-files.ts";
import { driverOptions } from "./raft-options.ts";

const local = {
  id: 1,
  directoryId: "QR4_zy51Tk2tv0Sa2PllHA",
  endpoints: [{ name: "CONTROLLER", host: "127.0.0.1", port: 28711 }],
  supportedKRaftVersion: { min: 0, max: 1 },
};

async function leader() {
  const runtime = createSimulatedRuntime({ seed: 1 });
  const directory = "/data/__cluster_metadata-0";
  runtime.files.makeDirectory(directory);
  const quorum = { kraftVersion: 1, voters: [local] };
  const bootstrap = { endOffset: 0, epoch: 0, lastContainedLogTimestampMs: 0, quorum, records: [] };
  await settled(runtime, writeSnapshot(runtime, directory, bootstrap, runtime.clock.now()));
  const files = new StallingFiles(runtime.files);
  const driver = await settled(runtime, RaftDriver.load(driverOptions({ ...runtime, files }, local)));
  driver.start();
  await runtime.clock.advanceWithPromises(3_000);
  expect(driver.leaderId).toBe(1);
  return { runtime, driver };
}

test("a metadata disk on which nothing gets on holds up a stop for a minute", async () => {
  const { runtime, driver } = await leader();
  hangFlushes(runtime, "/data");
  let isClean: boolean | undefined;
  void driver.close().then((result) => {
    isClean = result;
  });
  await runtime.clock.advanceWithPromises(50_000);
  expect(isClean).toBeUndefined();
  await runtime.clock.advanceWithPromises(20_000);
  expect(isClean).toBe(false);
});

test("a metadata disk that answers lets the node stop cleanly", async () => {
  const { runtime, driver } = await leader();
  expect(await settled(runtime, driver.close())).toBe(true);
});
