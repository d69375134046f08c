import { Log, type LogRuntime } from "../log/log.ts";
import { DEFAULT_LOG_CONFIG, type LogConfig } from "../log/log-config.ts";
import { DamagedLogError } from "../log/segment-recovery.ts";
import { runInSlices, type Slices } from "../log/slices.ts";
import { CLUSTER_METADATA_TOPIC } from "../protocol/internal-topics.ts";
import { METADATA_TOPIC_ID } from "../protocol/uuid.ts";
import type { Runtime } from "../runtime.ts";
import { FLUSHED_BATCH_FILE, FlushedBatchFile, flushedLog } from "./flushed-batch-file.ts";
import { decodeMetadataBatches, type MetadataBatch } from "./metadata-batch.ts";
import { MetadataLog } from "./metadata-log.ts";
import { QuorumHistory } from "./quorum-history.ts";
import type { SnapshotId } from "./raft-message.ts";
import { BOOTSTRAP_SNAPSHOT, type Snapshot } from "./snapshot-file.ts";
import { SnapshotStore } from "./snapshot-store.ts";
import { type VoterNode, VoterSet } from "./voter-set.ts";

export const CLUSTER_METADATA_DIRECTORY = `${CLUSTER_METADATA_TOPIC}-0`;

const READ_SIZE_BYTES = 1024 * 1024;

export interface MetadataLogOptions {
  readonly runtime: LogRuntime & Pick<Runtime, "checksums" | "compression" | "files">;
  readonly directory: string;
  /** `metadata.log.segment.bytes` and `metadata.log.segment.ms` */
  readonly segmentBytes?: number;
  readonly segmentMs?: number;
  readonly staticVoters?: readonly VoterNode[];
}

/** The metadata log as a start finds it. */
export interface LoadedMetadataLog {
  readonly log: MetadataLog;
  /** The newest snapshot; undefined when all is in the log. */
  readonly snapshot: Snapshot | undefined;
  /** What the format command left for the first leader. */
  readonly bootstrap: Snapshot | undefined;
  /** Everything behind the snapshot, committed or not. */
  readonly batches: readonly MetadataBatch[];
  readonly quorum: QuorumHistory;
}

/** Rejects when what this node has vouched for is not whole any more. */
export async function loadMetadataLog(options: MetadataLogOptions): Promise<LoadedMetadataLog> {
  const { runtime, directory } = options;
  runtime.files.makeDirectory(directory);
  const snapshots = new SnapshotStore(runtime, directory);
  const { latest, hasBootstrap } = snapshots;
  const snapshot = latest && snapshots.read(latest);
  const bootstrap = hasBootstrap ? snapshots.read(BOOTSTRAP_SNAPSHOT) : undefined;
  const log = await loadLog(options);
  let batches: readonly MetadataBatch[];
  try {
    dropWhatIsReplaced(snapshots, log);
    batches = await readBehind(snapshot, log, runtime);
  } catch (error) {
    log.closeHandlers();
    throw error;
  }
  const quorum = new QuorumHistory(new VoterSet(options.staticVoters ?? []));
  if (bootstrap !== undefined) quorum.restart(0, bootstrap.quorum);
  if (snapshot !== undefined) quorum.restart(snapshot.endOffset, snapshot.quorum);
  for (const { baseOffset, control } of batches) quorum.append(baseOffset, control);
  const flushed = new FlushedBatchFile(runtime.files, directory);
  runtime.files.watched?.limitReads();
  return { log: new MetadataLog({ log, snapshots, flushed, runtime }), snapshot, bootstrap, batches, quorum };
}

/** What a snapshot stands for, where the node has stopped before it was gone. */
function dropWhatIsReplaced(snapshots: SnapshotStore, log: Log): void {
  const { latest } = snapshots;
  // One beyond the log was fetched from a leader.
  if (latest !== undefined && isBeyond(latest, log)) log.truncateFullyAndStartAt(latest.endOffset);
  const { logStartOffset } = log;
  if (logStartOffset > (latest?.endOffset ?? 0)) {
    const place = `The metadata log in ${log.directory} begins at offset ${logStartOffset}`;
    throw new Error(`${place}, and no snapshot has what was before. Put it back`);
  }
  snapshots.removeBefore(logStartOffset);
}

/** What the log has behind the snapshot. */
async function readBehind(
  snapshot: Snapshot | undefined,
  log: Log,
  runtime: MetadataLogOptions["runtime"],
): Promise<readonly MetadataBatch[]> {
  const startOffset = Math.max(snapshot?.endOffset ?? 0, log.logStartOffset);
  return runInSlices(readBatches(log, startOffset, runtime), runtime.clock);
}

/** A voter that forgot what it has acknowledged could elect a leader that lacks it. */
async function loadLog(options: MetadataLogOptions): Promise<Log> {
  const { runtime, directory } = options;
  const flushed = flushedLog(runtime.files, directory);
  if (flushed?.damage !== undefined) {
    const { path, problem } = flushed.damage;
    throw new Error(`${path} ${problem}. Put the file back as it was`);
  }
  try {
    return await Log.load({
      runtime,
      directory,
      topic: CLUSTER_METADATA_TOPIC,
      partition: 0,
      topicId: METADATA_TOPIC_ID,
      config: metadataLogConfig(options),
      // Every start reads the whole log anyway, so it may as well check it: no clean-shutdown file is trusted here.
      hadCleanShutdown: false,
      recoveryPoint: 0,
      flushed: flushed?.extent,
    });
  } catch (error) {
    if (!(error instanceof DamagedLogError)) throw error;
    const advice = `Put the file back as it was, or, if no other voter has its records, remove ${FLUSHED_BATCH_FILE} beside it to lose them`;
    throw new Error(`${error.message}. ${advice}`, { cause: error });
  }
}

/** Every batch from `startOffset`, which is a batch's, to the end of the log. */
function* readBatches(
  log: Log,
  startOffset: number,
  runtime: Pick<Runtime, "checksums" | "compression">,
): Slices<MetadataBatch[]> {
  const batches: MetadataBatch[] = [];
  for (let offset = startOffset; offset < log.logEndOffset; ) {
    const { records } = log.read(offset, READ_SIZE_BYTES, { upToOffset: log.logEndOffset, minOneMessage: true });
    if (records === null) throw new Error(`The metadata log has nothing to read at offset ${offset}`);
    const bytes = new Uint8Array(records.length);
    const length = records.file.read(bytes, records.position);
    const before = batches.length;
    for (const batch of decodeMetadataBatches(bytes.subarray(0, length), runtime)) batches.push(batch);
    if (batches.length === before) throw new Error(`The metadata log has no whole batch at offset ${offset}`);
    offset = batches.at(-1)!.lastOffset + 1;
    if (offset < log.logEndOffset) yield;
  }
  return batches;
}

function isBeyond({ endOffset, epoch }: SnapshotId, log: Log): boolean {
  const { latestEpoch, logEndOffset } = log;
  return endOffset > logEndOffset || (latestEpoch >= 0 && epoch > latestEpoch);
}

function metadataLogConfig({ segmentBytes, segmentMs }: MetadataLogOptions): LogConfig {
  return {
    ...DEFAULT_LOG_CONFIG,
    "segment.bytes": segmentBytes ?? DEFAULT_LOG_CONFIG["segment.bytes"],
    "segment.ms": segmentMs ?? DEFAULT_LOG_CONFIG["segment.ms"],
  };
}
