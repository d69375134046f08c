import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { ClusterAdmin } from "../../clients/cluster/cluster-admin.ts";
import type { ClusterNode } from "../../clients/cluster/cluster-node.ts";
import { ClusterUnderTest } from "../../clients/cluster/cluster-under-test.ts";
import { eventually } from "../../clients/cluster/quorum.ts";
import { APACHE_KAFKA, COMMON_FEATURES, launchAny } from "./launcher.ts";

const NAMES = Array.from({ length: 20 }, (_, index) => `topic-${String(index).padStart(2, "0")}`);

let cluster: ClusterUnderTest | undefined;

afterEach(() => cluster?.dispose());

test.for([
  { broker: "node", controller: APACHE_KAFKA },
  { broker: APACHE_KAFKA, controller: "node" },
])(
  "a late broker of $broker begins with the snapshot of a controller of $controller",
  { timeout: 600_000 },
  async ({ broker, controller }) => {
    const specs = [
      { software: controller, roles: "broker,controller" },
      { software: broker, roles: "broker" },
    ] as const;
    // A snapshot after nearly every record, and nothing kept before it.
    const settings = {
      "metadata.log.max.record.bytes.between.snapshots": "2000",
      "metadata.max.retention.bytes": "2000",
      "metadata.max.retention.ms": "1000",
    };
    cluster = await ClusterUnderTest.create(specs, { settings, launcher: launchAny, features: COMMON_FEATURES });
    const [first, late] = cluster.nodes as [ClusterNode, ClusterNode];
    await first.start();
    const admin = new ClusterAdmin(first);
    for (const name of NAMES) await admin.createTopic(name, [[1]]);
    await eventually(
      async () => snapshotOffsets(first).length > 0 || undefined,
      () => "a snapshot",
    );
    await late.start();
    const lateAdmin = new ClusterAdmin(late);
    await eventually(
      async () => String(await lateAdmin.topicNames()) === String(NAMES) || undefined,
      () => `all topics at ${late.name}`,
    );
    // It has made none itself: what it has, it was sent.
    expect(snapshotOffsets(late).length).toBeGreaterThan(0);
  },
);

/** End offsets of the snapshots of the metadata in a node's directory, without the one it was formatted with. */
function snapshotOffsets(node: ClusterNode): number[] {
  return readdirSync(join(node.dataDirectory, "__cluster_metadata-0"))
    .filter((name) => name.endsWith(".checkpoint"))
    .map((name) => Number(name.slice(0, 20)))
    .filter((endOffset) => endOffset > 0);
}
