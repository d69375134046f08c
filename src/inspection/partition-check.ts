import {
  LOG_SUFFIX,
  OFFSET_INDEX_SUFFIX,
  offsetFileName,
  TIME_INDEX_SUFFIX,
  TRANSACTION_INDEX_SUFFIX,
} from "../log/file-names.ts";
import { flushedBytesOf } from "../log/flushed-extent.ts";
import type { EpochEntry } from "../log/leader-epoch-checkpoint.ts";
import { type FlushedLog, flushedLog } from "../raft/flushed-batch-file.ts";
import { type BatchObserver, finishFindings } from "./batch-observer.ts";
import { EpochCheck } from "./epoch-check.ts";
import type { Finding, Inspection } from "./finding.ts";
import { FindingBuffer } from "./finding-buffer.ts";
import { type IndexKind, openIndexCheck, REBUILT } from "./index-files.ts";
import { MetadataRecordsCheck } from "./metadata-records-check.ts";
import { checkMetadataSnapshot } from "./metadata-snapshot-check.ts";
import { listPartitionFiles, type PartitionFiles } from "./partition-files.ts";
import { checkSegment, type InspectionRuntime, type SegmentProblem } from "./segment-check.ts";
import {
  checkPartitionMetadata,
  checkProducerSnapshot,
  checkQuorumStateFile,
  readLeaderEpochs,
} from "./small-file-checks.ts";
import { TransactionReplay } from "./transaction-replay.ts";
import { unlessUnreadable } from "./unreadable.ts";

const INDEXES: readonly (readonly [kind: IndexKind, suffix: string])[] = [
  ["offset index", OFFSET_INDEX_SUFFIX],
  ["time index", TIME_INDEX_SUFFIX],
  ["transaction index", TRANSACTION_INDEX_SUFFIX],
];
const BELIEVED =
  "it is believed: reads may fail or miss records. Remove the file while no broker runs, and it is built anew";
const FORGOTTEN = "the node does not start: it has acknowledged what was there";

/** What the log directory knows of a partition: it decides what a start does with it. */
export interface PartitionContext {
  readonly isMetadataLog: boolean;
  readonly hadCleanShutdown: boolean;
  /** Undefined where the checkpoint has no entry. */
  readonly recoveryPoint: number | undefined;
  readonly highWatermark: number | undefined;
  /** By the checkpoint of the cleaner. */
  readonly isCompacted: boolean;
  /** A process has the directory open: what it is writing now looks unfinished. */
  readonly isInUse: boolean;
}

export interface PartitionProgress {
  bytes(count: number): void;
}

/** Looks at every file of a partition: each by itself, and whether they go together. */
export function* checkPartition(
  runtime: InspectionRuntime,
  directory: string,
  context: PartitionContext,
  progress: PartitionProgress,
): Inspection {
  yield* new PartitionCheck(runtime, directory, context, progress).run();
}

class PartitionCheck {
  readonly #runtime: InspectionRuntime;
  readonly #directory: string;
  readonly #context: PartitionContext;
  readonly #progress: PartitionProgress;
  readonly #files: PartitionFiles;
  /** Of the metadata log. */
  readonly #flushed: FlushedLog | undefined;
  /** Undefined for a compacted partition, whose transactions are there in part only. */
  readonly #replay: TransactionReplay | undefined;
  #nextOffset: number;
  #hasGaps = false;
  /** Where it ends is not known then. */
  #hasUnreadableSegment = false;
  /** The first segment that a start reads from end to end. */
  #firstRecovered = 0;

  constructor(runtime: InspectionRuntime, directory: string, context: PartitionContext, progress: PartitionProgress) {
    this.#runtime = runtime;
    this.#directory = directory;
    this.#context = context;
    this.#progress = progress;
    this.#files = listPartitionFiles(runtime.files, directory);
    this.#flushed = context.isMetadataLog ? flushedLog(runtime.files, directory) : undefined;
    this.#replay =
      context.isCompacted || context.isMetadataLog
        ? undefined
        : TransactionReplay.startAt(runtime, directory, this.#files.segments[0] ?? 0);
    this.#nextOffset = this.#files.segments[0] ?? 0;
  }

  *run(): Inspection {
    const { files } = this.#runtime;
    yield* this.#files.notes;
    yield* checkPartitionMetadata(files, this.#directory);
    const epochs = yield* readLeaderEpochs(files, this.#directory);
    this.#firstRecovered = this.#findFirstRecovered(epochs !== undefined);
    yield* this.#checkSegments(epochs);
    yield* this.#checkOrphans();
    for (const name of this.#files.producerSnapshots) {
      const path = `${this.#directory}/${name}`;
      yield* this.#unlessUnreadable(path, checkProducerSnapshot(this.#runtime, path));
    }
    yield* this.#checkMetadataSnapshots();
    if (this.#context.isMetadataLog) {
      yield* this.#checkFlushedBatch();
      yield* checkQuorumStateFile(this.#runtime, this.#directory);
    }
    yield* this.#checkCheckpoints();
  }

  #findFirstRecovered(epochsAreGood: boolean): number {
    const { hadCleanShutdown, recoveryPoint = 0 } = this.#context;
    const { segments } = this.#files;
    if (!epochsAreGood) return 0;
    if (hadCleanShutdown) return segments.length;
    return Math.max(
      0,
      segments.findLastIndex((baseOffset) => baseOffset <= recoveryPoint),
    );
  }

  *#checkSegments(epochs: readonly EpochEntry[] | undefined): Inspection {
    const epochCheck = new EpochCheck(
      epochs ?? [],
      new FindingBuffer(
        `${this.#directory}/leader-epoch-checkpoint`,
        "damaged",
        "it is believed, and a follower may cut its log off at a wrong offset",
      ),
    );
    const shared: BatchObserver[] = epochs === undefined ? [] : [epochCheck];
    if (this.#replay !== undefined) shared.push(this.#replay);
    const metadata = new FindingBuffer(this.#directory, "refused");
    if (this.#context.isMetadataLog) shared.push(new MetadataRecordsCheck(this.#runtime.compression, metadata));
    for (const number of this.#files.segments.keys()) {
      epochCheck.isRecovered = number >= this.#firstRecovered;
      const path = this.#path(this.#files.segments[number]!, LOG_SUFFIX);
      const isReadable = yield* this.#unlessUnreadable(path, this.#checkSegment(number, shared));
      if (!isReadable) this.#passOver(number);
    }
    yield* finishFindings(shared);
  }

  *#checkSegment(number: number, shared: readonly BatchObserver[]): Inspection {
    const baseOffset = this.#files.segments[number]!;
    const path = this.#path(baseOffset, LOG_SUFFIX);
    yield* this.#checkJoint(path, baseOffset);
    const isLast = number === this.#files.segments.length - 1;
    const isRecovered = number >= this.#firstRecovered;
    const sizeBytes = this.#runtime.files.stat(path)?.sizeBytes ?? 0;
    const indexes = INDEXES.map(([kind, suffix]) =>
      openIndexCheck(this.#runtime.files, this.#path(baseOffset, suffix), kind, {
        baseOffset,
        isClosed: !isLast || this.#context.hadCleanShutdown,
        ...(this.#replay === undefined || this.#hasGaps ? {} : { replay: this.#replay }),
        ...(isRecovered ? { severity: "repaired", atStart: REBUILT } : { severity: "damaged", atStart: BELIEVED }),
      }),
    );
    const checks = indexes.flatMap(({ check }) => check ?? []);
    const findings = new FindingBuffer(path, "damaged");
    try {
      for (const index of indexes) yield* index.findings;
      const summary = yield* checkSegment(this.#runtime, {
        path,
        baseOffset,
        endOffset: this.#files.segments[number + 1] ?? Number.POSITIVE_INFINITY,
        findings,
        observers: [...shared, ...checks],
        judge: (problem) => this.#judge(problem, number, sizeBytes),
        progress: (bytes) => this.#progress.bytes(bytes),
      });
      const next = this.#files.segments[number + 1];
      // What a bad batch hides is not missing before the next segment, too.
      this.#nextOffset = summary.isGood || next === undefined ? Math.max(this.#nextOffset, summary.nextOffset) : next;
      this.#hasGaps ||= summary.hasGaps;
      yield* findings.finish();
      yield* finishFindings(checks);
    } finally {
      for (const index of indexes) index.close();
    }
  }

  /** Nothing is known of what is in the segment. */
  #passOver(number: number): void {
    this.#hasUnreadableSegment = true;
    this.#hasGaps = true;
    this.#nextOffset = this.#files.segments[number + 1] ?? this.#nextOffset;
  }

  #unlessUnreadable(path: string, inspection: Inspection): Inspection<boolean> {
    return unlessUnreadable(path, this.#context.isInUse, inspection);
  }

  /** Between two segments nothing may be missing, unless compaction has taken it away. */
  *#checkJoint(path: string, baseOffset: number): Inspection {
    if (baseOffset <= this.#nextOffset || this.#context.isCompacted || this.#hasGaps) return;
    yield {
      severity: "damaged",
      path,
      problem: `offsets ${this.#nextOffset} to ${baseOffset - 1} are missing before it`,
      atStart: "the log is used without them",
    };
  }

  #judge(
    { kind, offset, position }: SegmentProblem,
    number: number,
    sizeBytes: number,
  ): Pick<Finding, "severity" | "atStart"> {
    if (kind === "content") {
      return { severity: "damaged", atStart: `nobody looks into batches: consumers fail at offset ${offset}` };
    }
    if (kind === "overlap") {
      return { severity: "damaged", atStart: "nobody notices: readers may miss records, or get some twice" };
    }
    const isLast = number === this.#files.segments.length - 1;
    if (kind === "old format" && number >= this.#firstRecovered) {
      return { severity: "refused", atStart: "the log directory is put out of use" };
    }
    if (number < this.#firstRecovered && !(isLast && kind !== "batch")) {
      const atStart = `it is not read again: consumers and followers fail at offset ${offset}`;
      return { severity: "damaged", atStart };
    }
    if (this.#isFlushed(number, position)) {
      return { severity: "refused", atStart: FORGOTTEN };
    }
    const later = this.#files.segments.length - 1 - number;
    const more = later === 0 ? "" : `, and so are ${later} later segments`;
    const atStart = `the log is cut off at offset ${offset}: ${sizeBytes - position} bytes are removed${more}`;
    const isUnfinishedWrite = kind === "torn" && later === 0;
    if (isUnfinishedWrite && this.#context.isInUse) return { severity: "note", atStart };
    return { severity: isUnfinishedWrite ? "repaired" : "damaged", atStart };
  }

  *#checkFlushedBatch(): Inspection {
    const damage = this.#flushed?.damage;
    if (damage !== undefined) yield { severity: "refused", ...damage, atStart: FORGOTTEN };
  }

  #isFlushed(number: number, position: number): boolean {
    return position < flushedBytesOf(this.#files.segments[number]!, this.#flushed?.extent);
  }

  /** A start reads the newest, and the one of the format command. */
  *#checkMetadataSnapshots(): Inspection {
    const names = this.#files.metadataSnapshots;
    for (const name of names) {
      const isRead = name === names.at(-1) || Number.parseInt(name, 10) === 0;
      yield* checkMetadataSnapshot(
        this.#runtime,
        `${this.#directory}/${name}`,
        isRead
          ? { severity: "refused", atStart: "the node does not start" }
          : { severity: "damaged", atStart: "it is not read, because there is a newer one" },
        (bytes) => this.#progress.bytes(bytes),
      );
    }
  }

  *#checkOrphans(): Inspection {
    for (const name of this.#files.orphans) {
      const problem = "belongs to a segment that is not there";
      yield { severity: "repaired", path: `${this.#directory}/${name}`, problem, atStart: "it is removed" };
    }
  }

  /** What was once on the disk, or committed, is still there. */
  *#checkCheckpoints(): Inspection {
    if (this.#hasUnreadableSegment) return;
    const { recoveryPoint = 0, highWatermark = 0 } = this.#context;
    const path = this.#directory;
    const end = this.#nextOffset;
    const atStart = `the log goes on at offset ${end}; what is missing comes back only from another replica`;
    if (recoveryPoint > end) {
      const problem = `the log ends at offset ${end}, and was on the disk up to ${recoveryPoint}`;
      yield { severity: "damaged", path, problem, atStart };
    } else if (highWatermark > end) {
      const problem = `the log ends at offset ${end}, and was committed up to ${highWatermark}`;
      yield { severity: "damaged", path, problem, atStart };
    }
  }

  #path(baseOffset: number, suffix: string): string {
    return `${this.#directory}/${offsetFileName(baseOffset, suffix)}`;
  }
}
