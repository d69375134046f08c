import type { ClusterEnd } from "../cluster-end.ts";
import { Checker } from "./checker.ts";

/** In the end all brokers tell the same of topics, partitions, leaders, replicas and brokers. Holds under every fault. */
export class MetadataAgrees extends Checker {
  readonly name = "MetadataAgrees";

  override finish({ metadata }: ClusterEnd): void {
    const [[first, expected], ...others] = [...metadata] as [[number, string], ...[number, string][]];
    for (const [nodeId, text] of others) {
      if (text !== expected) this.violated(`broker ${first} tells\n${expected}\nand broker ${nodeId}\n${text}`);
    }
  }
}
