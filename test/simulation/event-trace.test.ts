import { expect, test } from "vitest";
import { Scheduler } from "../../adapters/simulator/index.ts";
import { emptyImage } from "../../src/controller/metadata-image.ts";
import type { StoredBatch } from "./cluster-end.ts";
import type { ClusterEvent, Fetched } from "./cluster-event.ts";
import { EventTrace } from "./event-trace.ts";
import { ImageDigest } from "./image-digest.ts";

const fetched: Fetched = {
  type: "fetched",
  reader: "reader-0",
  partition: "t-0",
  nodeId: 1,
  leaderEpoch: 2,
  wantedOffset: 3,
  highWatermark: 5,
  records: [
    { offset: 3, value: "writer-0:3" },
    { offset: 4, value: "writer-0:4" },
  ],
};
const image = emptyImage("cluster");

function hashOf(trace: (events: EventTrace) => void): string {
  const scheduler = new Scheduler();
  trace(new EventTrace(scheduler.trace, new ImageDigest()));
  return scheduler.trace.toString();
}

test.each<[string, ClusterEvent, ClusterEvent]>([
  ["a high watermark", fetched, { ...fetched, highWatermark: 6 }],
  ["a value", fetched, { ...fetched, records: [fetched.records[0]!, { offset: 4, value: "writer-0:5" }] }],
  ["damage that was noticed", fetched, { ...fetched, damagedOffset: 5 }],
  [
    "the metadata of a node",
    { type: "metadata applied", nodeId: 1, image },
    { type: "metadata applied", nodeId: 1, image: { ...image, features: new Map([["kraft.version", 1]]) } },
  ],
])("runs that show another thing have another hash: %s", (_, one, other) => {
  expect(hashOf((events) => events.saw(one))).toBe(hashOf((events) => events.saw(one)));
  expect(hashOf((events) => events.saw(other))).not.toBe(hashOf((events) => events.saw(one)));
});

test("runs that leave other batches on a disk have another hash", () => {
  const hashOfBatch = (changed: Partial<StoredBatch>) => {
    const batch = {
      baseOffset: 0,
      lastOffset: 0,
      leaderEpoch: 0,
      bytes: new Uint8Array(61),
      isIntact: true,
      ...changed,
    };
    return hashOf((events) => events.logs(new Map([["t-0", [{ nodeId: 1, batches: [batch] }]]])));
  };
  const otherChecksum = new Uint8Array(61);
  otherChecksum[20] = 1;
  expect(hashOfBatch({ bytes: otherChecksum })).not.toBe(hashOfBatch({}));
  expect(hashOfBatch({ isIntact: false })).not.toBe(hashOfBatch({}));
});
