import type { FileSystem, Runtime } from "../runtime.ts";
import {
  LOG_SUFFIX,
  OFFSET_INDEX_SUFFIX,
  offsetFileName,
  PRODUCER_SNAPSHOT_SUFFIX,
  TIME_INDEX_SUFFIX,
  TRANSACTION_INDEX_SUFFIX,
} from "./file-names.ts";
import { type FlushedExtent, flushedBytesOf } from "./flushed-extent.ts";
import { LeaderEpochCheckpoint } from "./leader-epoch-checkpoint.ts";
import { settleLeftoverFiles } from "./leftover-files.ts";
import type { LogConfig } from "./log-config.ts";
import { LogSegments } from "./log-segments.ts";
import { OffsetFileNames } from "./offset-file-names.ts";
import { ProducerSnapshots } from "./producer-snapshots.ts";
import { ProducerState } from "./producer-state.ts";
import { rebuildProducerState } from "./producer-state-rebuild.ts";
import { Segment } from "./segment.ts";
import type { SegmentFileSystem } from "./segment-file.ts";
import { recoverSegment } from "./segment-recovery.ts";
import type { Slices } from "./slices.ts";
import { isSystemError } from "./storage-guard.ts";

export type LogRuntime = Pick<Runtime, "clock" | "random" | "files" | "checksums" | "compression" | "log"> &
  SegmentFileSystem;

export interface LogLoadOptions {
  readonly runtime: LogRuntime;
  readonly directory: string;
  readonly config: LogConfig;
  readonly logStartOffset?: number;
  readonly recoveryPoint?: number;
  readonly hadCleanShutdown?: boolean;
  /** What must not be cut off, damaged or not. */
  readonly flushed?: FlushedExtent | undefined;
  readonly producerIdExpirationMs?: number;
}

/** What a log consists of, and where it starts and ends. */
export interface LogParts {
  readonly segments: LogSegments;
  readonly epochs: LeaderEpochCheckpoint;
  readonly producers: ProducerState;
  readonly snapshots: ProducerSnapshots;
  readonly logStartOffset: number;
  readonly logEndOffset: number;
  readonly recoveryPoint: number;
  /** It is new, or the last stop was clean; and nothing is in it. */
  readonly isBlank: boolean;
  /** The names of its files, and its own, are on the disk: the last stop was clean, and not of a blank log. */
  readonly isSynced: boolean;
  /** Files that were to be deleted, and that are in nobody's way. */
  readonly deletedPaths: readonly string[];
}

/** A new log in an empty directory. */
export function createLogParts(options: LogLoadOptions, onFailure: (error: Error) => void): LogParts {
  const { runtime, directory, config } = options;
  const logStartOffset = options.logStartOffset ?? 0;
  const segments = new LogSegments();
  segments.add(Segment.create(runtime, directory, logStartOffset, config, runtime.clock.now()));
  const producers = new ProducerState();
  producers.reset(logStartOffset);
  return {
    segments,
    epochs: new LeaderEpochCheckpoint(runtime.files, directory, onFailure),
    producers,
    snapshots: new ProducerSnapshots(runtime.files, runtime.checksums, directory),
    logStartOffset,
    logEndOffset: logStartOffset,
    recoveryPoint: logStartOffset,
    isBlank: logStartOffset === 0,
    isSynced: false,
    deletedPaths: [],
  };
}

/** What is in the directory, made good where the last stop was not clean. */
export function* loadLogParts(given: LogLoadOptions, onFailure: (error: Error) => void): Slices<LogParts> {
  const { runtime, directory, config } = given;
  const checkpointedStart = given.logStartOffset ?? 0;
  const present = listFiles(runtime.files, directory);
  const { names, deleted } = settleLeftoverFiles(runtime.files, directory, present);
  const fileNames = new OffsetFileNames(names);
  const epochs = new LeaderEpochCheckpoint(runtime.files, directory, onFailure);
  const options = loadEpochs(given, epochs) ? given : { ...given, hadCleanShutdown: false, recoveryPoint: 0 };
  const snapshots = new ProducerSnapshots(
    runtime.files,
    runtime.checksums,
    directory,
    fileNames.of(PRODUCER_SNAPSHOT_SUFFIX),
  );
  const segments = yield* openSegments(options, fileNames, epochs, snapshots);
  const producers = new ProducerState();
  if (!options.hadCleanShutdown) yield* recoverUnflushed(options, { segments, epochs, producers, snapshots });
  let logEndOffset = segments.isEmpty ? checkpointedStart : segments.active.readNextOffset();
  if (logEndOffset < checkpointedStart) {
    runtime.log.write(
      "warn",
      `${directory} ends before its log start offset ${checkpointedStart}: it starts over there`,
    );
    for (const segment of segments.remove(() => true)) removeSegmentFiles(options, segment);
    epochs.clear();
    logEndOffset = checkpointedStart;
  }
  const isAsStopped =
    options.hadCleanShutdown === true && names === present && hasIndexes(fileNames) && !segments.isEmpty;
  if (segments.isEmpty) {
    segments.add(Segment.create(runtime, directory, checkpointedStart, config, runtime.clock.now()));
  }
  segments.active.becomeActive(config);
  const logStartOffset = Math.max(checkpointedStart, segments.first.baseOffset);
  epochs.fitTo(logStartOffset, logEndOffset);
  snapshots.removeStray(new Set(segments.all.map((segment) => segment.baseOffset)));
  snapshots.keepBetween(logStartOffset, logEndOffset);
  if (options.hadCleanShutdown || producers.endOffset !== logEndOffset) {
    yield* rebuildProducerState(producers, snapshots, segments, logStartOffset, logEndOffset);
  } else snapshots.take(logEndOffset, producers.entries);
  if (options.producerIdExpirationMs !== undefined) {
    producers.removeExpired(runtime.clock.now(), options.producerIdExpirationMs);
  }
  const trusted = options.hadCleanShutdown ? logEndOffset : Math.min(options.recoveryPoint ?? 0, logEndOffset);
  return {
    segments,
    epochs,
    producers,
    snapshots,
    logStartOffset,
    logEndOffset,
    recoveryPoint: trusted,
    isBlank: isAsStopped && logEndOffset === 0,
    isSynced: isAsStopped && logEndOffset > 0,
    deletedPaths: deleted.map((name) => `${directory}/${name}`),
  };
}

/** False when the file is damaged: the epochs are then to be found in the batches, in all of them. */
function loadEpochs({ runtime, directory }: LogLoadOptions, epochs: LeaderEpochCheckpoint): boolean {
  try {
    epochs.load();
    return true;
  } catch (error) {
    if (isSystemError(error)) throw error;
    runtime.log.write("warn", `${directory} is read as a whole because its leader epochs are damaged: ${error}`);
    return false;
  }
}

/** Makes the directory when it is not there. */
function listFiles(files: FileSystem, directory: string): string[] {
  try {
    return files
      .list(directory)
      .filter((entry) => entry.kind === "file")
      .map((entry) => entry.name);
  } catch (error) {
    if ((error as { code?: unknown }).code !== "ENOENT") throw error;
    files.makeDirectory(directory);
    return [];
  }
}

/** All segments in order; those whose indexes are missing are indexed anew. */
function* openSegments(
  options: LogLoadOptions,
  fileNames: OffsetFileNames,
  epochs: LeaderEpochCheckpoint,
  snapshots: ProducerSnapshots,
): Slices<LogSegments> {
  const { runtime, directory, config } = options;
  const baseOffsets = findBaseOffsets(runtime.files, directory, fileNames);
  const nowMs = runtime.clock.now();
  const reindexed = (segment: Segment) =>
    runtime.log.write("error", `${segment.path} had no usable index: it was built anew`);
  const segments = new LogSegments();
  for (const [index, baseOffset] of baseOffsets.entries()) {
    const segment = Segment.open(runtime, directory, baseOffset, config, nowMs, reindexed);
    // What holds the recovery point, or lies above it, is going to be recovered all the same.
    const isFlushed = options.hadCleanShutdown || baseOffsets[index + 1]! <= (options.recoveryPoint ?? 0);
    if (isFlushed && !isIndexed(segment, fileNames)) {
      runtime.log.write("error", `${segment.path} has no usable index: it is built anew`);
      const producers = new ProducerState();
      yield* rebuildProducerState(producers, snapshots, segments, options.logStartOffset ?? 0, baseOffset);
      // Of the segments behind this one nothing is read: what is known of their epochs stays.
      const noteEpoch = (epoch: number, offset: number) => {
        if (epoch > epochs.latestEpoch) epochs.assign(epoch, offset);
      };
      yield* recoverSegment(segment, { noteEpoch, producers, checksums: runtime.checksums });
      segment.becomeInactive();
    }
    segments.add(segment);
  }
  return segments;
}

/** Ascending. Index files that belong to none of them are removed. */
function findBaseOffsets(files: FileSystem, directory: string, fileNames: OffsetFileNames): readonly number[] {
  const baseOffsets = fileNames.of(LOG_SUFFIX);
  for (const suffix of INDEX_SUFFIXES) {
    for (const offset of fileNames.of(suffix)) {
      if (!baseOffsets.has(offset)) files.remove(`${directory}/${offsetFileName(offset, suffix)}`);
    }
  }
  return [...baseOffsets].sort((one, other) => one - other);
}

function hasIndexes(fileNames: OffsetFileNames): boolean {
  const isThere = (offset: number) =>
    fileNames.of(OFFSET_INDEX_SUFFIX).has(offset) && fileNames.of(TIME_INDEX_SUFFIX).has(offset);
  return [...fileNames.of(LOG_SUFFIX)].every(isThere);
}

/** Of transactions it depends on the records before the segment, so it can't be built anew later. */
function isIndexed(segment: Segment, fileNames: OffsetFileNames): boolean {
  const has = (suffix: string) => fileNames.of(suffix).has(segment.baseOffset);
  if (has(TRANSACTION_INDEX_SUFFIX) && !segment.transactionIndex.load()) return false;
  return has(OFFSET_INDEX_SUFFIX) && has(TIME_INDEX_SUFFIX);
}

/** Everything from the segment of the recovery point on; what follows a damaged segment is lost. */
function* recoverUnflushed(
  options: LogLoadOptions,
  log: Pick<LogParts, "segments" | "epochs" | "producers" | "snapshots">,
): Slices<void> {
  const { runtime, directory } = options;
  const { segments, epochs, producers, snapshots } = log;
  const unflushed = segments.from(options.recoveryPoint ?? 0);
  if (unflushed.length === 0) return;
  const { baseOffset } = unflushed[0]!;
  const flushedBefore = segments.all[segments.floorIndex(baseOffset - 1)];
  if (baseOffset === options.recoveryPoint && flushedBefore !== undefined)
    closeAgain(flushedBefore, baseOffset, runtime.clock.now());
  const logStartOffset = options.logStartOffset ?? 0;
  // Later snapshots may have seen what the disk has not kept.
  snapshots.keepBetween(logStartOffset, baseOffset);
  yield* rebuildProducerState(producers, snapshots, segments, logStartOffset, baseOffset);
  for (const [index, segment] of unflushed.entries()) {
    if (index > 0) yield;
    producers.endOffset = segment.baseOffset;
    snapshots.take(segment.baseOffset, producers.entries);
    const noteEpoch = (epoch: number, offset: number) => epochs.recovered(epoch, offset);
    const books = { noteEpoch, producers, checksums: runtime.checksums };
    const flushedBytes = flushedBytesOf(segment.baseOffset, options.flushed);
    const recovered = yield* recoverSegment(segment, books, unflushed[index + 1]?.baseOffset, flushedBytes);
    // The last one's indexes are written when there is more to write to them, if nothing in them is wrong.
    if (segment !== segments.active || recovered.truncatedBytes > 0) segment.becomeInactive();
    if (recovered.truncatedBytes === 0) {
      segment.freeFiles();
      continue;
    }
    const lost = segments.remove((later) => later.baseOffset > segment.baseOffset);
    for (const later of lost) removeSegmentFiles(options, later);
    runtime.log.write(
      "warn",
      `${directory}: cut off at offset ${recovered.nextOffset} because of ${recovered.problem}: ` +
        `${recovered.truncatedBytes} bytes and ${lost.length} later segments are gone`,
    );
    return;
  }
}

/**
 * The last flush covered all batches of the segment, but maybe not what happened to its files afterwards: batches behind
 * `endOffset` were cut off, entries of their indexes too, the time of the last batch was noted and preallocated space was
 * given back. The disk may have all of that, or half, or what was before; it is done again, and belongs to the next flush.
 */
function closeAgain(segment: Segment, endOffset: number, nowMs: number): void {
  const { timeIndex } = segment;
  timeIndex.truncateToEntries(Math.max(0, timeIndex.entries - 1));
  segment.truncateTo(endOffset, nowMs);
  segment.becomeInactive();
  segment.freeFiles();
}

const INDEX_SUFFIXES = [OFFSET_INDEX_SUFFIX, TIME_INDEX_SUFFIX, TRANSACTION_INDEX_SUFFIX];

function removeSegmentFiles(options: LogLoadOptions, segment: Segment): void {
  segment.close();
  for (const suffix of [LOG_SUFFIX, ...INDEX_SUFFIXES]) {
    options.runtime.files.remove(`${options.directory}/${offsetFileName(segment.baseOffset, suffix)}`);
  }
}
