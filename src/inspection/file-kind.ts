import { CLEAN_SHUTDOWN_FILE } from "../log/clean-shutdown-file.ts";
import {
  CLEANED_SUFFIX,
  DELETED_SUFFIX,
  LOG_SUFFIX,
  OFFSET_INDEX_SUFFIX,
  offsetOfFileName,
  PRODUCER_SNAPSHOT_SUFFIX,
  SWAP_SUFFIX,
  TIME_INDEX_SUFFIX,
  TRANSACTION_INDEX_SUFFIX,
} from "../log/file-names.ts";
import { LEADER_EPOCH_CHECKPOINT } from "../log/leader-epoch-checkpoint.ts";
import { META_PROPERTIES } from "../log/meta-properties.ts";
import { PARTITION_METADATA } from "../log/partition-metadata.ts";
import { QUORUM_STATE_FILE } from "../raft/election-state.ts";
import { FLUSHED_BATCH_FILE } from "../raft/flushed-batch-file.ts";
import { parseSnapshotFileName } from "../raft/snapshot-file.ts";

export type FileKind =
  | "segment"
  | "offset index"
  | "time index"
  | "transaction index"
  | "producer snapshot"
  | "metadata snapshot"
  | "leader epochs"
  | "partition metadata"
  | "quorum state"
  | "flushed batch"
  | "offset checkpoint"
  | "meta properties"
  | "clean shutdown file";

/** A file of a data directory, by its name. */
export interface KnownFile {
  readonly kind: FileKind;
  /** In the name; of a metadata snapshot the end offset. */
  readonly offset: number | undefined;
  /** `.deleted`, `.cleaned` or `.swap`: on its way out or in, and otherwise what its kind says. */
  readonly suffix: string | undefined;
}

const OFFSET_FILES: readonly (readonly [suffix: string, kind: FileKind])[] = [
  [LOG_SUFFIX, "segment"],
  [OFFSET_INDEX_SUFFIX, "offset index"],
  [TIME_INDEX_SUFFIX, "time index"],
  [TRANSACTION_INDEX_SUFFIX, "transaction index"],
  [PRODUCER_SNAPSHOT_SUFFIX, "producer snapshot"],
];

const NAMED_FILES: ReadonlyMap<string, FileKind> = new Map([
  [LEADER_EPOCH_CHECKPOINT, "leader epochs"],
  [PARTITION_METADATA, "partition metadata"],
  [QUORUM_STATE_FILE, "quorum state"],
  [FLUSHED_BATCH_FILE, "flushed batch"],
  [META_PROPERTIES, "meta properties"],
  [CLEAN_SHUTDOWN_FILE, "clean shutdown file"],
]);

const BOOTSTRAP_CHECKPOINT = "bootstrap.checkpoint";
const OFFSET_CHECKPOINT_SUFFIX = "-offset-checkpoint";

/** Undefined for a file that no log and no log directory has. */
export function fileKind(name: string): KnownFile | undefined {
  const suffix = [DELETED_SUFFIX, CLEANED_SUFFIX, SWAP_SUFFIX].find((each) => name.endsWith(each));
  const bare = suffix === undefined ? name : name.slice(0, -suffix.length);
  for (const [ending, kind] of OFFSET_FILES) {
    const offset = offsetOfFileName(bare, ending);
    if (offset !== undefined) return { kind, offset, suffix };
  }
  const snapshot = parseSnapshotFileName(bare);
  if (snapshot !== undefined) return { kind: "metadata snapshot", offset: snapshot.endOffset, suffix };
  if (bare === BOOTSTRAP_CHECKPOINT) return { kind: "metadata snapshot", offset: undefined, suffix };
  if (bare.endsWith(OFFSET_CHECKPOINT_SUFFIX)) return { kind: "offset checkpoint", offset: undefined, suffix };
  const kind = NAMED_FILES.get(bare);
  return kind === undefined ? undefined : { kind, offset: undefined, suffix };
}
