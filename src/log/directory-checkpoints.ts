import type { FileSystem, LogSink } from "../runtime.ts";
import {
  CLEANER_CHECKPOINT,
  HIGH_WATERMARK_CHECKPOINT,
  LOG_START_OFFSET_CHECKPOINT,
  OffsetCheckpoint,
  RECOVERY_POINT_CHECKPOINT,
} from "./offset-checkpoint.ts";
import { isSystemError } from "./storage-guard.ts";

type Offsets = ReadonlyMap<string, number>;

/** What they say, by `<topic>-<partition>`. */
export interface CheckpointedOffsets {
  readonly recoveryPoints: Offsets;
  readonly logStartOffsets: Offsets;
  readonly highWatermarks: Offsets;
  readonly cleanerOffsets: Offsets;
}

/** The checkpoints of a log directory. */
export class DirectoryCheckpoints {
  readonly recoveryPoints: OffsetCheckpoint;
  readonly logStartOffsets: OffsetCheckpoint;
  readonly highWatermarks: OffsetCheckpoint;
  readonly cleanerOffsets: OffsetCheckpoint;

  constructor(files: FileSystem, directory: string) {
    const checkpoint = (name: string) => new OffsetCheckpoint(files, `${directory}/${name}`);
    this.recoveryPoints = checkpoint(RECOVERY_POINT_CHECKPOINT);
    this.logStartOffsets = checkpoint(LOG_START_OFFSET_CHECKPOINT);
    this.highWatermarks = checkpoint(HIGH_WATERMARK_CHECKPOINT);
    this.cleanerOffsets = checkpoint(CLEANER_CHECKPOINT);
  }

  /** Throws what the disk says: without the offset at which a log starts, records that were deleted would come back. */
  read(log: LogSink): CheckpointedOffsets {
    return {
      recoveryPoints: readCheckpoint(this.recoveryPoints, log),
      logStartOffsets: readCheckpoint(this.logStartOffsets, log),
      highWatermarks: readCheckpoint(this.highWatermarks, log),
      cleanerOffsets: readCheckpoint(this.cleanerOffsets, log),
    };
  }

  /** Nothing is written any more. */
  close(): void {
    for (const each of [this.recoveryPoints, this.logStartOffsets, this.highWatermarks, this.cleanerOffsets])
      each.close();
  }
}

/** Without a damaged one more is recovered or cleaned, and the high watermark is found again by replication. */
function readCheckpoint(checkpoint: OffsetCheckpoint, log: LogSink): Offsets {
  try {
    return checkpoint.read();
  } catch (error) {
    if (isSystemError(error)) throw error;
    log.write("warn", `${checkpoint.path} is damaged and taken as empty: ${error}`);
    return new Map();
  }
}
