import { runInSlices, type Slices } from "../log/slices.ts";
import type { MetadataRecord } from "../protocol/metadata-records/index.ts";
import type { MetadataBatch } from "../raft/metadata-batch.ts";
import type { RaftDriver } from "../raft/raft-driver.ts";
import type { RaftListener } from "../raft/raft-listener.ts";
import type { Snapshot } from "../raft/snapshot-file.ts";
import type { Runtime } from "../runtime.ts";
import { imageRecords } from "./image-records.ts";
import type { MetadataImage } from "./metadata-image.ts";
import type { MetadataLoader } from "./metadata-loader.ts";

export interface SnapshotGeneratorOptions {
  readonly runtime: Pick<Runtime, "clock" | "log">;
  readonly raft: RaftDriver;
  readonly loader: MetadataLoader;
  /** `metadata.log.max.record.bytes.between.snapshots` */
  readonly maxBytes: number;
  /** `metadata.log.max.snapshot.interval.ms`; 0 for none. */
  readonly maxIntervalMs: number;
  /** `metadata.max.retention.bytes` and `metadata.max.retention.ms` */
  readonly retentionBytes: number;
  readonly retentionMs: number;
}

/** Records between two pauses for whatever else waits. */
const RECORDS_PER_SLICE = 2000;

/**
 * Writes a snapshot of the metadata when enough was written since the last one, or enough time has gone by, and drops
 * what is older than the retention (KIP-630, KIP-876).
 *
 * Register it with the raft driver behind its loader.
 */
export class SnapshotGenerator implements RaftListener {
  readonly #options: SnapshotGeneratorOptions;
  #bytes = 0;
  #lastTakenMs: number;
  #lastTimestampMs = 0;
  #writing = false;

  constructor(options: SnapshotGeneratorOptions) {
    this.#options = options;
    this.#lastTakenMs = options.runtime.clock.elapsed();
  }

  handleLoadSnapshot(snapshot: Snapshot): void {
    this.#lastTimestampMs = snapshot.lastContainedLogTimestampMs;
  }

  handleCommit(batches: readonly MetadataBatch[]): void {
    for (const batch of batches) {
      this.#bytes += batch.sizeBytes;
      this.#lastTimestampMs = batch.appendTimestampMs;
    }
    const { runtime, loader, maxBytes, maxIntervalMs } = this.#options;
    const isDue =
      this.#bytes >= maxBytes || (maxIntervalMs > 0 && runtime.clock.elapsed() - this.#lastTakenMs >= maxIntervalMs);
    // Half a metadata transaction cannot be told in a snapshot.
    if (isDue && !this.#writing && !loader.hasOpenTransaction) void this.#write(loader.image, this.#lastTimestampMs);
  }

  handleLeaderChange(): void {}

  async #write(image: MetadataImage, lastTimestampMs: number): Promise<void> {
    const { runtime, raft, retentionBytes, retentionMs } = this.#options;
    this.#writing = true;
    this.#bytes = 0;
    this.#lastTakenMs = runtime.clock.elapsed();
    try {
      const records = await runInSlices(collect(image), runtime.clock);
      await raft.createSnapshot({ endOffset: image.offset + 1, epoch: image.epoch }, lastTimestampMs, records);
      raft.removeOldSnapshots(retentionBytes, retentionMs);
    } catch (error) {
      // The log still has everything: the next snapshot makes up for this one.
      runtime.log.write("error", `Could not write a metadata snapshot: ${(error as Error).message}`);
    } finally {
      this.#writing = false;
    }
  }
}

/** The image does not change while it is walked. */
function* collect(image: MetadataImage): Slices<MetadataRecord[]> {
  const records: MetadataRecord[] = [];
  for (const record of imageRecords(image)) {
    records.push(record);
    if (records.length % RECORDS_PER_SLICE === 0) yield;
  }
  return records;
}
