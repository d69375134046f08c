import { readFile } from "../log/atomic-file.ts";
import { type EpochEntry, LEADER_EPOCH_CHECKPOINT, parseLeaderEpochs } from "../log/leader-epoch-checkpoint.ts";
import { PARTITION_METADATA, readPartitionMetadata } from "../log/partition-metadata.ts";
import { decodeProducerSnapshot } from "../log/producer-snapshot.ts";
import { isSystemError } from "../log/storage-guard.ts";
import { parseElectionState, QUORUM_STATE_FILE } from "../raft/election-state.ts";
import { checkQuorumState } from "../raft/quorum-state-file.ts";
import type { FileSystem } from "../runtime.ts";
import type { Inspection } from "./finding.ts";
import type { InspectionRuntime } from "./segment-check.ts";
import { unreadable } from "./unreadable.ts";

/** `partition.metadata`: the topic id. */
export function* checkPartitionMetadata(files: FileSystem, directory: string): Inspection {
  const path = `${directory}/${PARTITION_METADATA}`;
  try {
    if (readPartitionMetadata(files, directory) !== undefined) return;
    const atStart = "the partition gets the topic id that the metadata has for its name";
    yield { severity: "repaired", path, problem: "is missing or empty", atStart };
  } catch (error) {
    if (isSystemError(error)) {
      yield unreadable(path, error);
      return;
    }
    const atStart = "the log directory is put out of use";
    yield { severity: "refused", path, problem: messageOf(error).replace(`${path} `, ""), atStart };
  }
}

/** Undefined when the file can't be read. */
export function* readLeaderEpochs(files: FileSystem, directory: string): Inspection<readonly EpochEntry[] | undefined> {
  const path = `${directory}/${LEADER_EPOCH_CHECKPOINT}`;
  try {
    return parseLeaderEpochs(readFile(files, path) ?? new Uint8Array(0));
  } catch (error) {
    if (isSystemError(error)) {
      yield unreadable(path, error);
      return undefined;
    }
    const atStart = "the partition is read from end to end, and the epochs are taken from its batches";
    yield { severity: "repaired", path, problem: `is damaged: ${messageOf(error)}`, atStart };
    return undefined;
  }
}

/** A `.snapshot` of the producers. */
export function* checkProducerSnapshot({ files, checksums }: InspectionRuntime, path: string): Inspection {
  const bytes = readFile(files, path);
  if (bytes === undefined || decodeProducerSnapshot(bytes, checksums) !== undefined) return;
  yield {
    severity: "repaired",
    path,
    problem: "is no producer snapshot, or its checksum does not match",
    atStart: "it is removed, and the producers are found in an older snapshot and the batches",
  };
}

/** `quorum-state`: the epoch, and who got this node's vote. */
export function* checkQuorumStateFile({ files, checksums }: InspectionRuntime, directory: string): Inspection {
  const path = `${directory}/${QUORUM_STATE_FILE}`;
  const bytes = readFile(files, path);
  if (bytes === undefined || bytes.length === 0) return;
  try {
    checkQuorumState(bytes, checksums);
    parseElectionState(new TextDecoder().decode(bytes));
  } catch (error) {
    const atStart = "the node does not start: a guessed epoch could elect two leaders";
    yield { severity: "refused", path, problem: `is damaged: ${messageOf(error)}`, atStart };
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
