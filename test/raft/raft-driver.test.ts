import { describe, expect, test } from "vitest";
import { createSimulatedRuntime, type MemoryFiles, type SimulatedRuntime } from "../../adapters/simulator/index.ts";
import { ErrorCode } from "../../src/protocol/error-codes.ts";
import { type MetadataRecord, metadataRecord } from "../../src/protocol/metadata-records/index.ts";
import { FLUSHED_BATCH_FILE } from "../../src/raft/flushed-batch-file.ts";
import type { MetadataBatch } from "../../src/raft/metadata-batch.ts";
import { RaftDriver } from "../../src/raft/raft-driver.ts";
import type { FetchRequest, RaftResponse } from "../../src/raft/raft-message.ts";
import { writeSnapshot } from "../../src/raft/snapshot-file.ts";
import type { VoterNode } from "../../src/raft/voter-set.ts";
import type { OpenMode } from "../../src/runtime.ts";
import { driverOptions } from "./raft-options.ts";

const LOG_DIRECTORY = "/data/__cluster_metadata-0";

const local: VoterNode = {
  id: 1,
  directoryId: "QR4_zy51Tk2tv0Sa2PllHA",
  endpoints: [{ name: "CONTROLLER", host: "127.0.0.1", port: 28711 }],
  supportedKRaftVersion: { min: 0, max: 1 },
};

const bootstrapRecords = [metadataRecord("FeatureLevelRecord", 0, { name: "metadata.version", featureLevel: 33 })];

function config(value: string): MetadataRecord {
  return metadataRecord("ConfigRecord", 0, { resourceType: 2, resourceName: "t", name: "retention.ms", value });
}

/** A node with what its listener heard, as text. */
async function startNode(
  files?: MemoryFiles,
  options: { local?: VoterNode; staticVoters?: VoterNode[]; lockDirectory?: boolean } = {},
) {
  const runtime = createSimulatedRuntime({ seed: 1, files });
  if (files === undefined) {
    runtime.files.makeDirectory(LOG_DIRECTORY);
    if (options.staticVoters === undefined) {
      const quorum = { kraftVersion: 1, voters: [local] };
      const bootstrap = { endOffset: 0, epoch: 0, lastContainedLogTimestampMs: 0, quorum, records: bootstrapRecords };
      await writeSnapshot(runtime, LOG_DIRECTORY, bootstrap, runtime.clock.now());
    }
  }
  const loading = RaftDriver.load(driverOptions(runtime, local, options));
  await settled(runtime, loading);
  const driver = await loading;
  const heard: string[] = [];
  const batches: MetadataBatch[] = [];
  driver.register({
    handleLoadSnapshot: (snapshot) => heard.push(`snapshot ${snapshot.endOffset}: ${snapshot.records.length}`),
    handleCommit: (committed) => {
      for (const batch of committed) {
        heard.push(`commit ${batch.baseOffset}-${batch.lastOffset} of epoch ${batch.epoch}`);
        batches.push(batch);
      }
    },
    handleLeaderChange: (leaderId, epoch) => heard.push(`leader ${leaderId} in epoch ${epoch}`),
  });
  driver.start();
  const settle = () => settled(runtime, Promise.resolve());
  await settle();
  return { runtime, driver, heard, batches, settle };
}

/** Lets everything happen that needs no time, until the promise has settled too. */
async function settled(runtime: SimulatedRuntime, promise: Promise<unknown>): Promise<void> {
  let isDone = false;
  const done = () => {
    isDone = true;
  };
  promise.then(done, done);
  await runtime.clock.advanceWithPromises(1, () => false);
  while (!isDone) await runtime.clock.advanceWithPromises(1);
}

/** What another replica is answered that has everything below `fetchOffset`. */
function fetched(driver: RaftDriver, fetchOffset: number, lastFetchedEpoch: number): RaftResponse | undefined {
  let answered: RaftResponse | undefined;
  ask(driver, { fetchOffset, lastFetchedEpoch }, (response) => {
    answered = response;
  });
  return answered;
}

/** A fetch of a replica that knows of nothing committed. */
function ask(
  driver: RaftDriver,
  asked: Pick<FetchRequest, "fetchOffset" | "lastFetchedEpoch"> & Partial<FetchRequest>,
  answer: (response: RaftResponse) => void,
): void {
  const request: FetchRequest = {
    type: "fetch",
    clusterId: null,
    replica: { id: 9, directoryId: "AAAAAAAAAAAAAAAAAAAADA" },
    currentLeaderEpoch: driver.epoch,
    highWatermark: -1,
    maxWaitMs: 0,
    maxBytes: 1_000_000,
    ...asked,
  };
  driver.ask(request, ({ response }) => answer(response));
}

function snapshotNames(files: MemoryFiles): string[] {
  const names = files.list(LOG_DIRECTORY).map((entry) => entry.name);
  return names.filter((name) => name.endsWith(".checkpoint")).sort();
}

function content(files: MemoryFiles, path: string): Uint8Array {
  const bytes = new Uint8Array(files.stat(path)!.sizeBytes);
  files.open(path, "read").read(bytes, 0);
  return bytes;
}

describe("the metadata log of a single voter", () => {
  test("starts with the same bytes as Apache Kafka's", async () => {
    const { runtime, driver, heard } = await startNode();
    expect(heard).toEqual(["commit 0-2 of epoch 1", "leader 1 in epoch 1"]);
    await driver.close();
    const bytes = content(runtime.files, `${LOG_DIRECTORY}/00000000000000000000.log`);
    const time = (hex: string) =>
      hex.replace(/000001a2021[0-9a-f]{5}|0000019b76da[0-9a-f]{4}/g, "TIME".padEnd(16, "."));
    const withoutCrc = (hex: string) => `${hex.slice(0, 34)}........${hex.slice(42)}`;
    expect(withoutCrc(time(Buffer.from(bytes).toString("hex")))).toBe(
      withoutCrc(time(Buffer.from(FIRST_BATCH, "base64").toString("hex"))),
    );
    const [state, checksum] = new TextDecoder()
      .decode(content(runtime.files, `${LOG_DIRECTORY}/quorum-state`))
      .split("\n");
    expect(state).toBe(
      '{"leaderId":1,"leaderEpoch":1,"votedId":-1,"votedDirectoryId":"AAAAAAAAAAAAAAAAAAAAAA","data_version":1}',
    );
    expect(checksum).toMatch(/^crc32c [0-9a-f]{8}$/);
  });

  test("hands a batch to its listeners only when it is on disk", async () => {
    const { driver, heard, settle } = await startNode();
    heard.length = 0;
    expect(driver.append(1, [config("1"), config("2")])).toBe(3);
    expect(driver.append(1, [config("3")])).toBe(5);
    expect(heard).toEqual([]);
    expect(driver.logEndOffset).toBe(6);
    await settle();
    expect(heard).toEqual(["commit 3-4 of epoch 1", "commit 5-5 of epoch 1"]);
    expect(driver.highWatermark).toBe(6);
    await driver.close();
  });

  test("appends nothing in an epoch that is not its own, nor after the close", async () => {
    const { driver, heard } = await startNode();
    expect(driver.append(0, [config("1")])).toBeUndefined();
    await driver.close();
    expect(heard.at(-1)).toBe("leader -1 in epoch 1");
    expect(driver.append(1, [config("1")])).toBeUndefined();
    expect(driver.logEndOffset).toBe(3);
  });

  test("hears everything again after a restart, in a new epoch, whether the stop was clean or not", async () => {
    const first = await startNode();
    first.driver.append(1, [config("1")]);
    await first.settle();
    await first.driver.close();
    const second = await startNode(first.runtime.files);
    expect(second.heard).toEqual([
      "commit 0-2 of epoch 1",
      "commit 3-3 of epoch 1",
      "commit 4-4 of epoch 2",
      "leader 1 in epoch 2",
    ]);
    expect(second.batches[1]!.records).toEqual([config("1")]);
    second.driver.append(2, [config("2")]);
    await second.settle();
    // No close: the process was killed.
    const third = await startNode(second.runtime.files);
    expect(third.heard.slice(-3)).toEqual(["commit 5-5 of epoch 2", "commit 6-6 of epoch 3", "leader 1 in epoch 3"]);
  });

  test("reads once what vouches for its log", async () => {
    const first = await startNode();
    await first.driver.close();
    const { files } = first.runtime;
    const opened: string[] = [];
    const watched = Object.assign(Object.create(files) as MemoryFiles, {
      open: (path: string, mode: OpenMode) => {
        opened.push(`${mode} ${path}`);
        return files.open(path, mode);
      },
    });
    await startNode(watched);
    expect(opened.filter((it) => it === `read ${LOG_DIRECTORY}/${FLUSHED_BATCH_FILE}`)).toHaveLength(1);
  });

  test("starts from a snapshot, and drops older ones with the segments only they needed", async () => {
    const first = await startNode();
    first.driver.append(1, [config("1")]);
    await first.settle();
    await first.driver.createSnapshot({ endOffset: 4, epoch: 1 }, 0, [config("1")]);
    first.driver.append(1, [config("2")]);
    await first.settle();
    await first.driver.close();
    const second = await startNode(first.runtime.files);
    expect(second.heard.slice(0, 2)).toEqual(["snapshot 4: 1", "commit 4-4 of epoch 1"]);
    await second.driver.createSnapshot({ endOffset: 6, epoch: 2 }, 0, [config("2")]);
    second.driver.removeOldSnapshots(1_000_000, 1_000_000);
    second.driver.removeOldSnapshots(-1, -1);
    expect(snapshotNames(second.runtime.files)).toHaveLength(3);
    second.driver.removeOldSnapshots(0, 1_000_000);
    expect(snapshotNames(second.runtime.files)).toEqual(["00000000000000000006-0000000002.checkpoint"]);
    await second.driver.close();
    const third = await startNode(second.runtime.files);
    expect(third.heard).toEqual(["snapshot 6: 1", "commit 6-6 of epoch 3", "leader 1 in epoch 3"]);
  });

  test("whoever has what an older snapshot was dropped for goes on in the log", async () => {
    const { driver, settle } = await startNode();
    for (const value of ["1", "2"]) {
      driver.append(1, [config(value)]);
      await settle();
      await driver.createSnapshot({ endOffset: driver.logEndOffset, epoch: 1 }, 0, [config(value)]);
    }
    driver.removeOldSnapshots(0, 1_000_000);
    driver.append(1, [config("3")]);
    expect(fetched(driver, 5, 1)).toMatchObject({ snapshotId: undefined, records: { startOffset: 5 } });
    expect(fetched(driver, 4, 1)).toMatchObject({ snapshotId: { endOffset: 5, epoch: 1 }, records: undefined });
    await driver.close();
  });

  test("whoever has the snapshot that this node was sent goes on behind it, and older ones are gone", async () => {
    const first = await startNode();
    first.driver.append(1, [config("1")]);
    await first.settle();
    await first.driver.createSnapshot({ endOffset: 4, epoch: 1 }, 0, [config("1")]);
    await first.driver.close();
    const quorum = { kraftVersion: 1, voters: [local] };
    const sent = { endOffset: 100, epoch: 5, lastContainedLogTimestampMs: 0, quorum, records: [config("2")] };
    await writeSnapshot(first.runtime, LOG_DIRECTORY, sent, 0);
    const { driver } = await startNode(first.runtime.files);
    expect(fetched(driver, 0, 0)).toMatchObject({ snapshotId: { endOffset: 100, epoch: 5 }, records: undefined });
    expect(fetched(driver, 100, 5)).toMatchObject({ snapshotId: undefined, records: { startOffset: 100 } });
    await driver.close();
    expect(snapshotNames(first.runtime.files)).toEqual(["00000000000000000100-0000000005.checkpoint"]);
  });

  test("refuses to start without the snapshot that the log begins behind", async () => {
    const first = await startNode();
    const quorum = { kraftVersion: 1, voters: [local] };
    const sent = { endOffset: 100, epoch: 5, lastContainedLogTimestampMs: 0, quorum, records: [config("1")] };
    await first.driver.close();
    await writeSnapshot(first.runtime, LOG_DIRECTORY, sent, 0);
    const second = await startNode(first.runtime.files);
    await second.driver.close();
    second.runtime.files.remove(`${LOG_DIRECTORY}/00000000000000000100-0000000005.checkpoint`);
    await expect(startNode(second.runtime.files)).rejects.toThrow(/begins at offset 100, and no snapshot has what was/);
  });

  test("answers others while thousands wait for records, and these when there are some", async () => {
    const { driver, settle } = await startNode();
    const errorCodes: number[] = [];
    const end = { fetchOffset: driver.logEndOffset, lastFetchedEpoch: 1, highWatermark: driver.highWatermark! };
    for (let count = 0; count < 3_000; count++) {
      ask(driver, { ...end, maxWaitMs: 60_000 }, ({ errorCode }) => errorCodes.push(errorCode));
    }
    expect(errorCodes).toEqual([]);
    expect(fetched(driver, 0, 0)).toMatchObject({ type: "fetch", errorCode: ErrorCode.NONE });
    driver.append(1, [config("1")]);
    await settle();
    expect(errorCodes).toEqual(Array(3_000).fill(ErrorCode.NONE));
  });

  test("a static quorum has no voters in its log and the older quorum-state", async () => {
    const voter = { ...local, directoryId: "AAAAAAAAAAAAAAAAAAAAAA" };
    const { runtime, driver, batches } = await startNode(undefined, { staticVoters: [voter] });
    expect(batches[0]!.control.map((record) => record.type)).toEqual(["leaderChange"]);
    await driver.close();
    expect(new TextDecoder().decode(content(runtime.files, `${LOG_DIRECTORY}/quorum-state`))).toContain(
      '"currentVoters":[{"voterId":1}],"data_version":0}',
    );
  });

  test("holds the lock of its directory until it is closed, when it is asked to", async () => {
    const { runtime, driver } = await startNode(undefined, { lockDirectory: true });
    expect(runtime.files.lock("/data/.lock")).toBeUndefined();
    await expect(RaftDriver.load(driverOptions(runtime, local, { lockDirectory: true }))).rejects.toThrow(
      /Another process uses \/data/,
    );
    await driver.close();
    expect(runtime.files.lock("/data/.lock")).toBeDefined();
  });

  test("refuses to start when nobody could ever lead", async () => {
    await expect(startNode(undefined, { staticVoters: [] })).rejects.toThrow(/names no voters/);
  });

  test("with another directory than the voter's observes, and says so", async () => {
    const { runtime, heard, driver } = await startNode(undefined, {
      local: { ...local, directoryId: "AAAAAAAAAAAAAAAAAAAADA" },
    });
    await runtime.clock.advanceWithPromises(10_000);
    expect(heard).toEqual([]);
    expect(runtime.log.lines.map(({ line }) => line).join("\n")).toMatch(/is a voter with directory QR4_zy51Tk2tv0Sa2/);
    await driver.close();
  });
});

/** The first batch of an Apache Kafka 4.4 node with the same identity. */
const FIRST_BATCH =
  "AAAAAAAAAAAAAACiAAAAAQK7tvJqACAAAAACAAABogIU5wQAAAGiAhTnBP//////////////////AAAAAzoAAAAIAAAAAiYAAAAAAAECAAAAAQACAAAAAQAAAB4AAAIIAAAABQoAAAABAACCAQAABAgAAAAGbgAAAgAAAAFBHj/PLnVOTa2/RJrY+WUcAgtDT05UUk9MTEVSCjEyNy4wLjAuMXAnAAAAAAEAAAAA";
