import type { MetadataRecord } from "../protocol/metadata-records/index.ts";
import type { MetadataBatch } from "../raft/metadata-batch.ts";
import type { RaftListener } from "../raft/raft-listener.ts";
import type { Snapshot } from "../raft/snapshot-file.ts";
import { imageDifference } from "./image-difference.ts";
import { MetadataDeltaBuilder } from "./metadata-delta.ts";
import { emptyImage, type MetadataDelta, type MetadataImage, type MetadataListener } from "./metadata-image.ts";

/** Follows the committed metadata log and keeps the newest image of it; tells listeners what each step changed. */
export class MetadataLoader implements RaftListener {
  readonly #listeners: MetadataListener[] = [];
  #image: MetadataImage;
  /** Records that wait for the end of their metadata transaction (KIP-868). */
  #transaction: MetadataRecord[] | undefined = undefined;

  constructor(clusterId: string) {
    this.#image = emptyImage(clusterId);
  }

  get image(): MetadataImage {
    return this.#image;
  }

  get hasOpenTransaction(): boolean {
    return this.#transaction !== undefined;
  }

  register(listener: MetadataListener): void {
    this.#listeners.push(listener);
  }

  /** At the start, or later, when this node was so far behind that what it lacks is not in the log any more. */
  handleLoadSnapshot(snapshot: Snapshot): void {
    const delta = new MetadataDeltaBuilder(emptyImage(this.#image.clusterId));
    for (const record of snapshot.records) delta.replay(record);
    if (snapshot.quorum !== undefined) delta.setKRaftVersion(snapshot.quorum.kraftVersion);
    this.#transaction = undefined;
    const image = delta.apply(snapshot.endOffset - 1, snapshot.epoch);
    this.#publish(this.#image.offset < 0 ? delta : imageDifference(this.#image, image), image);
  }

  handleCommit(batches: readonly MetadataBatch[]): void {
    const delta = new MetadataDeltaBuilder(this.#image);
    for (const batch of batches) {
      for (const record of batch.records) this.#replay(delta, record);
      for (const record of batch.control) {
        if (record.type === "kraftVersion") delta.setKRaftVersion(record.kraftVersion);
      }
    }
    const last = batches.at(-1)!;
    this.#publish(delta, delta.apply(last.lastOffset, last.epoch));
  }

  handleLeaderChange(): void {}

  #replay(delta: MetadataDeltaBuilder, entry: MetadataRecord): void {
    switch (entry.type) {
      case "BeginTransactionRecord":
        this.#transaction = [];
        break;
      case "AbortTransactionRecord":
        this.#transaction = undefined;
        break;
      case "EndTransactionRecord":
        for (const record of this.#transaction ?? []) delta.replay(record);
        this.#transaction = undefined;
        break;
      default:
        if (this.#transaction === undefined) delta.replay(entry);
        else this.#transaction.push(entry);
    }
  }

  #publish(delta: MetadataDelta, image: MetadataImage): void {
    this.#image = image;
    for (const listener of this.#listeners) listener.onBatch(delta, image);
  }
}
