import type { MetadataRecord } from "../protocol/metadata-records/index.ts";
import type { FileRange, Runtime } from "../runtime.ts";
import { CommitFeed } from "./commit-feed.ts";
import type { ControlRecord } from "./control-record.ts";
import type { LoadedMetadataLog } from "./load-metadata-log.ts";
import { LogFlushLoop } from "./log-flush-loop.ts";
import { type BatchPlace, encodeControlBatch, encodeMetadataBatch, type MetadataBatch } from "./metadata-batch.ts";
import type { MetadataLog } from "./metadata-log.ts";
import type { QuorumHistory } from "./quorum-history.ts";
import type { LogEffect, RaftEvent } from "./raft-event.ts";
import type { RaftResponse, SnapshotId } from "./raft-message.ts";

export interface LocalReplicaOptions {
  readonly runtime: Pick<Runtime, "clock" | "checksums" | "compression" | "log">;
  readonly loaded: LoadedMetadataLog;
  /** Whether what is appended may be an acknowledgement to others. */
  readonly flushes: boolean;
  /** `controller.quorum.append.linger.ms` */
  readonly lingerMs: number;
  /** For what happens later than the call that led to it. */
  readonly deliver: (event: RaftEvent) => void;
  readonly onFailed: (error: Error) => void;
}

/** A batch for the end of the log, as it is at the moment. */
interface PreparedBatch {
  readonly place: BatchPlace;
  readonly bytes: Uint8Array;
  readonly records: MetadataBatch["records"];
  readonly control: MetadataBatch["control"];
}

/**
 * This node's copy of the metadata log, with its snapshots and those who listen to it. Each change of the log answers the
 * event that Raft has to hear of at once.
 */
export class LocalReplica {
  readonly log: MetadataLog;
  readonly feed: CommitFeed;
  readonly #options: LocalReplicaOptions;
  readonly #quorum: QuorumHistory;
  readonly #flushes: LogFlushLoop;

  constructor(options: LocalReplicaOptions) {
    const { loaded, runtime, lingerMs, deliver, onFailed } = options;
    this.#options = options;
    this.log = loaded.log;
    this.feed = new CommitFeed(loaded.snapshot, loaded.batches);
    this.#quorum = loaded.quorum;
    this.#flushes = new LogFlushLoop({
      clock: runtime.clock,
      lingerMs,
      flush: () => this.log.flush(),
      onFlushed: () => deliver({ type: "flushed", endOffset: this.log.flushedEndOffset }),
      onFailed,
    });
  }

  /** Brings to the disk what a killed process may have left in the page cache only. */
  flushWhatWasFound(): void {
    if (this.log.endOffset > 0) this.#flushes.appended();
  }

  /** Throws when a record cannot be written as it is; nothing has happened then. */
  prepareRecords(epoch: number, records: readonly MetadataRecord[]): PreparedBatch {
    const place = this.#nextPlace(epoch);
    return { place, bytes: encodeMetadataBatch(records, place, this.#options.runtime), records, control: [] };
  }

  /** The log is that of `epoch`. Answers what Raft has to hear of. */
  perform(effect: LogEffect, epoch: number): RaftEvent | undefined {
    const { snapshots } = this.log;
    switch (effect.type) {
      case "appendControl":
        return this.#appendControl(effect.epoch, effect.records);
      case "appendFetched":
        return this.#appendFetched(effect.records, epoch);
      case "truncate":
        return this.#truncateTo(effect.offset);
      case "installSnapshot":
        return this.#installSnapshot(effect.id);
      case "startSnapshot":
        this.log.startSnapshot(effect.id);
        break;
      case "writeSnapshot":
        snapshots.append(effect.id, effect.position, effect.bytes);
        break;
      case "flushSnapshot":
        this.#flushSnapshot(effect.id);
        break;
      case "dropSnapshot":
        snapshots.drop();
        break;
    }
    return undefined;
  }

  #appendControl(epoch: number, control: readonly ControlRecord[]): RaftEvent {
    const place = this.#nextPlace(epoch);
    return this.append({
      place,
      bytes: encodeControlBatch(control, place, this.#options.runtime),
      records: [],
      control,
    });
  }

  /** Throws when the disk does not take it. */
  append({ place: { baseOffset, epoch, timestampMs }, bytes, records, control }: PreparedBatch): RaftEvent {
    this.log.appendAsLeader(bytes, epoch, timestampMs);
    this.feed.append({
      baseOffset,
      lastOffset: this.log.endOffset - 1,
      epoch,
      appendTimestampMs: timestampMs,
      sizeBytes: bytes.length,
      records,
      control,
    });
    this.#flushes.appended();
    return { type: "appended", control: control.length === 0 ? [] : [{ baseOffset, records: control }] };
  }

  /** What a leader of `epoch` has sent. */
  #appendFetched(records: Uint8Array, epoch: number): RaftEvent {
    const batches = this.log.appendAsFollower(records, epoch);
    if (typeof batches === "string") {
      const line = `Records of the metadata log from the leader of epoch ${epoch} are refused: ${batches}`;
      this.#options.runtime.log.write("error", line);
      return { type: "refused" };
    }
    for (const batch of batches) this.feed.append(batch);
    if (this.#options.flushes) this.#flushes.appended();
    const control = batches
      .filter((batch) => batch.control.length > 0)
      .map((batch) => ({ baseOffset: batch.baseOffset, records: batch.control }));
    return { type: "appended", control };
  }

  #truncateTo(offset: number): RaftEvent {
    this.log.truncateTo(offset);
    this.feed.truncateTo(offset);
    return { type: "truncated" };
  }

  commit(offset: number): void {
    this.log.updateHighWatermark(offset);
    this.feed.commit(offset);
  }

  /** In the background: a large snapshot takes its time. */
  #flushSnapshot(id: SnapshotId): void {
    const { deliver, onFailed } = this.#options;
    this.log.snapshots.finish(id).then(() => deliver({ type: "snapshotFlushed", id }), onFailed);
  }

  #installSnapshot(id: SnapshotId): RaftEvent {
    const snapshot = this.log.readSnapshot(id);
    this.log.restartBehind(id);
    this.feed.loadSnapshot(snapshot);
    return { type: "snapshotInstalled", id, quorum: snapshot.quorum };
  }

  /** The bytes that an answer promises; the caller closes the file of a snapshot when it has passed them on. Throws a {@link StalledDiskError}. */
  bytesOf(response: RaftResponse): FileRange | undefined {
    if (response.type === "fetch" && response.records !== undefined && !(response.records instanceof Uint8Array)) {
      return this.log.read(response.records.startOffset, response.records.maxBytes);
    }
    if (response.type !== "fetchSnapshot" || typeof response.bytes !== "number" || response.bytes === 0)
      return undefined;
    return this.log.openSnapshot(response.snapshotId, response.position, response.bytes);
  }

  /** Writes a snapshot of all records below `endOffset`, which must be committed and the end of a batch. */
  createSnapshot(
    { endOffset, epoch }: SnapshotId,
    lastContainedLogTimestampMs: number,
    records: readonly MetadataRecord[],
  ): Promise<void> {
    const { kraftVersion, voters } = this.#quorum.at(endOffset - 1);
    const quorum = kraftVersion > 0 ? { kraftVersion, voters: voters.voters } : undefined;
    const snapshot = { endOffset, epoch, lastContainedLogTimestampMs, quorum, records };
    return this.log.snapshots.write(snapshot, this.#options.runtime.clock.now());
  }

  /**
   * Drops the oldest snapshots, and the segments only they needed, while the log is larger than `retentionBytes` or they
   * are older than `retentionMs`; below 0 there is no such limit. The newest snapshot stays.
   */
  removeOldSnapshots(retentionBytes: number, retentionMs: number): void {
    const { log } = this;
    const { ids } = log.snapshots;
    const nowMs = this.#options.runtime.clock.now();
    let sizeBytes = ids.reduce((sum, id) => sum + (log.snapshots.sizeBytes(id) ?? 0), log.sizeBytes);
    for (let index = 0; index + 1 < ids.length; index++) {
      const ageMs = nowMs - log.snapshots.modifiedMs(ids[index]!);
      const isTooLarge = retentionBytes >= 0 && sizeBytes > retentionBytes;
      const isTooOld = retentionMs >= 0 && ageMs > retentionMs;
      if (!isTooLarge && !isTooOld) return;
      sizeBytes -= log.snapshots.sizeBytes(ids[index]!) ?? 0;
      const { endOffset } = ids[index + 1]!;
      log.snapshots.removeBefore(endOffset);
      log.updateHighWatermark(this.feed.handledEndOffset);
      log.startAt(endOffset);
      this.#quorum.forgetBefore(endOffset - 1);
    }
  }

  async close(): Promise<void> {
    await this.#flushes.close();
    await this.log.close();
  }

  /** Leaves the files as a kill would. */
  abandon(): void {
    void this.#flushes.close();
    this.log.abandon();
  }

  #nextPlace(epoch: number): BatchPlace {
    return { baseOffset: this.log.endOffset, epoch, timestampMs: this.#options.runtime.clock.now() };
  }
}
