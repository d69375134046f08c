import { describe, expect, test } from "vitest";
import { createSimulatedRuntime } from "../../adapters/simulator/index.ts";
import { metadataRecord } from "../../src/protocol/metadata-records/index.ts";
import { decodeMetadataBatches, encodeControlBatch, encodeMetadataBatch } from "../../src/raft/metadata-batch.ts";
import {
  listSnapshots,
  readSnapshot,
  removeUnfinishedSnapshots,
  type Snapshot,
  snapshotFileName,
  writeSnapshot,
} from "../../src/raft/snapshot-file.ts";

/** The bootstrap snapshot that Apache Kafka 4.4 formats a standalone node with. */
const BOOTSTRAP = Uint8Array.from(
  atob(
    "AAAAAAAAAAAAAACaAAAAAAI143OuACAAAAACAAABogIU3HAAAAGiAhTccP//////////////////AAAAAyoAAAAIAAAAAxYAAAAAAaICFNxQAAAeAAAC" +
      "CAAAAAUKAAAAAQAAggEAAAQIAAAABm4AAAIAAAABQR4/zy51Tk2tv0Sa2PllHAILQ09OVFJPTExFUgoxMjcuMC4wLjFwJwAAAAABAAAAAAAAAAAAAAAD" +
      "AAAA8QAAAAACVp+28gAAAAAABQAAAaICFNyaAAABogIU3Jr//////////////////wAAAAY6AAAAAS4BDAARbWV0YWRhdGEudmVyc2lvbgAhAABaAAAC" +
      "AU4BDAAhZWxpZ2libGUubGVhZGVyLnJlcGxpY2FzLnZlcnNpb24AAQAANAAABAEoAQwADmdyb3VwLnZlcnNpb24AAQAANAAABgEoAQwADnNoYXJlLnZl" +
      "cnNpb24AAgAAOAAACAEsAQwAEHN0cmVhbXMudmVyc2lvbgABAABAAAAKATQBDAAUdHJhbnNhY3Rpb24udmVyc2lvbgACAAAAAAAAAAAACQAAAD8AAAAA" +
      "AnxPxKAAIAAAAAAAAAGiAhTcnQAAAaICFNyd//////////////////8AAAABGgAAAAgAAAAEBgAAAAA=",
  ),
  (character) => character.charCodeAt(0),
);

const runtime = createSimulatedRuntime({ seed: 1 });

function put(path: string, bytes: Uint8Array): void {
  const file = runtime.files.open(path, "create");
  file.write(bytes, 0);
  file.close();
}

describe("the bootstrap snapshot of Apache Kafka", () => {
  test("is read", () => {
    runtime.files.makeDirectory("/kafka");
    const id = { endOffset: 0, epoch: 0 };
    put(`/kafka/${snapshotFileName(id)}`, BOOTSTRAP);
    const snapshot = readSnapshot(runtime, "/kafka", id);
    expect(snapshot.lastContainedLogTimestampMs).toBe(1795331251280);
    expect(snapshot.quorum).toEqual({
      kraftVersion: 1,
      voters: [
        {
          id: 1,
          directoryId: "QR4_zy51Tk2tv0Sa2PllHA",
          endpoints: [{ name: "CONTROLLER", host: "127.0.0.1", port: 28711 }],
          supportedKRaftVersion: { min: 0, max: 1 },
        },
      ],
    });
    expect(snapshot.records.map(({ type, record }) => [type, record])).toEqual(
      [
        ["metadata.version", 33],
        ["eligible.leader.replicas.version", 1],
        ["group.version", 1],
        ["share.version", 2],
        ["streams.version", 1],
        ["transaction.version", 2],
      ].map(([name, featureLevel]) => ["FeatureLevelRecord", { name, featureLevel }]),
    );
  });

  test("comes out byte for byte when its batches are written again", () => {
    const again = [...decodeMetadataBatches(BOOTSTRAP, runtime)].map((batch) => {
      const place = { baseOffset: batch.baseOffset, epoch: batch.epoch, timestampMs: batch.appendTimestampMs };
      return batch.control.length > 0
        ? encodeControlBatch(batch.control, place, runtime)
        : encodeMetadataBatch(batch.records, place, runtime);
    });
    expect(again.flatMap((bytes) => [...bytes])).toEqual([...BOOTSTRAP]);
  });
});

describe("a snapshot", () => {
  const records = Array.from({ length: 2500 }, (_, index) =>
    metadataRecord("ConfigRecord", 0, {
      resourceType: 2,
      resourceName: `topic-${index}`,
      name: "retention.ms",
      value: String(index),
    }),
  );
  const snapshot: Snapshot = {
    endOffset: 4711,
    epoch: 12,
    lastContainedLogTimestampMs: 1_700_000_000_000,
    quorum: { kraftVersion: 1, voters: [] },
    records,
  };

  test("is read back, over several batches whose offsets have no gaps", async () => {
    runtime.files.makeDirectory("/log");
    await writeSnapshot(runtime, "/log", snapshot, 1_700_000_000_001);
    expect(runtime.files.list("/log").map((entry) => entry.name)).toEqual([
      "00000000000000004711-0000000012.checkpoint",
    ]);
    expect(listSnapshots(runtime.files, "/log")).toEqual([{ endOffset: 4711, epoch: 12 }]);
    expect(readSnapshot(runtime, "/log", { endOffset: 4711, epoch: 12 })).toEqual(snapshot);
  });

  test("is refused when it has no footer, and when a byte has flipped", () => {
    runtime.files.makeDirectory("/damaged");
    const id = { endOffset: 0, epoch: 0 };
    put(`/damaged/${snapshotFileName(id)}`, BOOTSTRAP.subarray(0, BOOTSTRAP.length - 75));
    expect(() => readSnapshot(runtime, "/damaged", id)).toThrow(/no footer/);
    const flipped = BOOTSTRAP.slice();
    flipped[200]! ^= 1;
    put(`/damaged/${snapshotFileName(id)}`, flipped);
    expect(() => readSnapshot(runtime, "/damaged", id)).toThrow(/damaged/);
  });

  test("that was not finished, or was about to be deleted, is cleared away", () => {
    runtime.files.makeDirectory("/leftovers");
    for (const name of ["a-1.checkpoint.part", "00.checkpoint.deleted", "quorum-state"]) {
      put(`/leftovers/${name}`, new Uint8Array(1));
    }
    removeUnfinishedSnapshots(runtime.files, "/leftovers");
    expect(runtime.files.list("/leftovers").map((entry) => entry.name)).toEqual(["quorum-state"]);
  });
});
