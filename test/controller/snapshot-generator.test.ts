import { expect, test } from "vitest";
import { SnapshotGenerator } from "../../src/controller/snapshot-generator.ts";
import { listSnapshots } from "../../src/raft/snapshot-file.ts";
import { TestController } from "./test-controller.ts";

const DIRECTORY = "/data/__cluster_metadata-0";

test("a node that wrote enough takes a snapshot, and starts from it next time", async () => {
  const listener = (node: TestController) =>
    new SnapshotGenerator({
      runtime: node.runtime,
      raft: node.raft,
      loader: node.loader,
      maxBytes: 4000,
      maxIntervalMs: 0,
      retentionBytes: 0,
      retentionMs: 0,
    });
  const first = await TestController.start({ listener });
  await first.idle();
  await first.brokersUp(1);
  expect(listSnapshots(first.runtime.files, DIRECTORY)).toEqual([{ endOffset: 0, epoch: 0 }]);
  for (let number = 0; number < 50; number++) {
    await first.createTopic({ name: `t${number}`, configs: [{ name: "retention.ms", value: "5" }] });
  }
  const snapshots = listSnapshots(first.runtime.files, DIRECTORY);
  expect(snapshots).toHaveLength(1);
  await first.raft.close();

  const second = await TestController.start({ files: first.runtime.files });
  await second.idle();
  expect(second.batches[0]!.baseOffset).toBe(snapshots[0]!.endOffset);
  const byName = (node: TestController) => [...node.image.topics].sort((a, b) => (a.name < b.name ? -1 : 1));
  expect(byName(second)).toEqual(byName(first));
  expect(second.image.brokers).toEqual(first.image.brokers);
  expect(second.image.features).toEqual(first.image.features);
  expect(await second.createTopic({ name: "t0" })).toMatchObject({ errorCode: 36 });
  expect(await second.createTopic({ name: "new" })).toMatchObject({ errorCode: 0 });
});
