import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { ClusterNode } from "../../clients/cluster/cluster-node.ts";

/** Everything in the segments of a partition, one after the other: where they are cut is each broker's own choice. */
export function segmentBytes(node: ClusterNode, topic: string, partition: number): Buffer {
  const directory = join(node.dataDirectory, `${topic}-${partition}`);
  const names = readdirSync(directory).filter((name) => name.endsWith(".log"));
  return Buffer.concat(names.sort().map((name) => readFileSync(join(directory, name))));
}

/** Names the nodes whose copies are not the same; undefined when all are. */
export function differentCopies(nodes: readonly ClusterNode[], topic: string, partition: number): string | undefined {
  const copies = nodes.map((node) => ({ node, bytes: segmentBytes(node, topic, partition) }));
  const different = copies.filter(({ bytes }) => !bytes.equals(copies[0]!.bytes));
  if (different.length === 0) return undefined;
  return copies.map(({ node, bytes }) => `${node.name}: ${bytes.length} bytes`).join(", ");
}
