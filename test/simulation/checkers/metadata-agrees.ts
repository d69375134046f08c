import type { MetadataImage } from "../../../src/controller/metadata-image.ts";
import type { ClusterEnd } from "../cluster-end.ts";
import type { ClusterEvent } from "../cluster-event.ts";
import { describeImage, type ImageDigest } from "../image-digest.ts";
import { Checker } from "./checker.ts";

/**
 * At all times, two nodes that have applied the metadata log up to the same offset have the same image, whether they have
 * replayed records or loaded a snapshot. In the end all brokers tell the same of topics, partitions, leaders, replicas and
 * brokers. Holds under every fault.
 */
export class MetadataAgrees extends Checker {
  readonly name = "MetadataAgrees";
  readonly #digest: ImageDigest;
  /** By offset: what the first node that came there has. */
  readonly #images = new Map<number, { readonly nodeId: number; readonly image: MetadataImage }>();

  constructor(digest: ImageDigest) {
    super();
    this.#digest = digest;
  }

  override observe(event: ClusterEvent): void {
    if (event.type !== "metadata applied") return;
    const { nodeId, image } = event;
    const known = this.#images.get(image.offset);
    if (known === undefined) {
      this.#images.set(image.offset, { nodeId, image });
    } else if (this.#digest.of(known.image) !== this.#digest.of(image)) {
      this.violated(
        `node ${known.nodeId} has\n${describeImage(known.image)}\nand node ${nodeId}\n${describeImage(image)}`,
      );
    }
  }

  override finish({ metadata }: ClusterEnd): void {
    const [[first, expected], ...others] = [...metadata] as [[number, string], ...[number, string][]];
    for (const [nodeId, text] of others) {
      if (text !== expected) this.violated(`broker ${first} tells\n${expected}\nand broker ${nodeId}\n${text}`);
    }
  }
}
