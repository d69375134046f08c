import { readFile } from "../log/atomic-file.ts";
import { DELETED_SUFFIX } from "../log/file-names.ts";
import { untilAnswered, whenReadable } from "../log/storage-guard.ts";
import type { MetadataRecord } from "../protocol/metadata-records/index.ts";
import type { BuilderRuntime } from "../record/batch-builder.ts";
import type { FileSystem } from "../runtime.ts";
import type { ControlRecord } from "./control-record.ts";
import {
  decodeMetadataBatches,
  encodeControlBatch,
  encodeMetadataBatch,
  type MetadataBatch,
} from "./metadata-batch.ts";
import type { SnapshotQuorum } from "./quorum-history.ts";
import type { SnapshotId } from "./raft-message.ts";
import type { VoterNode } from "./voter-set.ts";

/** Written by the format command; the first leader copies it into the log, and nobody else reads it. */
export const BOOTSTRAP_SNAPSHOT: SnapshotId = { endOffset: 0, epoch: 0 };

export interface Snapshot extends SnapshotId {
  readonly lastContainedLogTimestampMs: number;
  /** Undefined under kraft.version 0, where the voters are configured. */
  readonly quorum: SnapshotQuorum;
  readonly records: readonly MetadataRecord[];
}

export type SnapshotRuntime = BuilderRuntime & { readonly files: FileSystem };

/** Large enough that a snapshot is a few batches, small enough for any reader. */
const MAX_BATCH_RECORDS = 1000;

const SUFFIX = ".checkpoint";
export const UNFINISHED_SUFFIX = ".part";

export function snapshotFileName({ endOffset, epoch }: SnapshotId): string {
  return `${String(endOffset).padStart(20, "0")}-${String(epoch).padStart(10, "0")}${SUFFIX}`;
}

/** Undefined for the name of anything but a finished snapshot. */
export function parseSnapshotFileName(name: string): SnapshotId | undefined {
  const match = /^(\d{20})-(\d{10})\.checkpoint$/.exec(name);
  return match === null ? undefined : { endOffset: Number(match[1]), epoch: Number(match[2]) };
}

export function isSameSnapshot(a: SnapshotId, b: SnapshotId): boolean {
  return a.endOffset === b.endOffset && a.epoch === b.epoch;
}

/** Every finished snapshot in the directory, oldest first. */
export function listSnapshots(files: FileSystem, directory: string): SnapshotId[] {
  return files
    .list(directory)
    .flatMap(({ name }) => parseSnapshotFileName(name) ?? [])
    .sort((a, b) => a.endOffset - b.endOffset || a.epoch - b.epoch);
}

export function removeUnfinishedSnapshots(files: FileSystem, directory: string): void {
  for (const { name } of files.list(directory)) {
    const isLeft = name.endsWith(SUFFIX + UNFINISHED_SUFFIX) || name.endsWith(SUFFIX + DELETED_SUFFIX);
    if (isLeft) files.remove(`${directory}/${name}`);
  }
}

export function readSnapshot(runtime: SnapshotRuntime, directory: string, id: SnapshotId): Snapshot {
  const path = `${directory}/${snapshotFileName(id)}`;
  const bytes = readFile(runtime.files, path);
  if (bytes === undefined) throw new Error(`${path} is missing`);
  let lastContainedLogTimestampMs = 0;
  let kraftVersion = 0;
  let voters: readonly VoterNode[] | undefined;
  let isComplete = false;
  const records: MetadataRecord[] = [];
  for (const batch of decodedBatches(path, bytes, runtime)) {
    for (const record of batch.records) records.push(record);
    for (const record of batch.control) {
      if (record.type === "snapshotHeader") lastContainedLogTimestampMs = record.lastContainedLogTimestampMs;
      else if (record.type === "kraftVersion") kraftVersion = record.kraftVersion;
      else if (record.type === "voters") voters = record.voters;
      else if (record.type === "snapshotFooter") isComplete = true;
    }
  }
  if (!isComplete) throw new Error(`${path} has no footer: it is cut off or damaged`);
  return { ...id, lastContainedLogTimestampMs, quorum: voters && { kraftVersion, voters }, records };
}

function* decodedBatches(path: string, bytes: Uint8Array, runtime: BuilderRuntime): Generator<MetadataBatch> {
  try {
    yield* decodeMetadataBatches(bytes, runtime);
  } catch (error) {
    throw new Error(`${path}: ${(error as Error).message}`, { cause: error });
  }
}

/** The bytes of a snapshot: header and quorum, records, footer. */
function encodeSnapshot(snapshot: Snapshot, timestampMs: number, runtime: BuilderRuntime): Uint8Array[] {
  const { epoch, quorum, records } = snapshot;
  const header: ControlRecord[] = [
    { type: "snapshotHeader", lastContainedLogTimestampMs: snapshot.lastContainedLogTimestampMs },
  ];
  if (quorum !== undefined) {
    header.push({ type: "kraftVersion", kraftVersion: quorum.kraftVersion }, { type: "voters", voters: quorum.voters });
  }
  const batches: Uint8Array[] = [encodeControlBatch(header, { baseOffset: 0, epoch, timestampMs }, runtime)];
  let baseOffset = header.length;
  for (let index = 0; index < records.length; index += MAX_BATCH_RECORDS) {
    const part = records.slice(index, index + MAX_BATCH_RECORDS);
    batches.push(encodeMetadataBatch(part, { baseOffset, epoch, timestampMs }, runtime));
    baseOffset += part.length;
  }
  batches.push(encodeControlBatch([{ type: "snapshotFooter" }], { baseOffset, epoch, timestampMs }, runtime));
  return batches;
}

/** The snapshot appears under its name only when it is whole and on the disk. */
export async function writeSnapshot(
  runtime: SnapshotRuntime,
  directory: string,
  snapshot: Snapshot,
  timestampMs: number,
): Promise<void> {
  const { files } = runtime;
  const path = `${directory}/${snapshotFileName(snapshot)}`;
  const unfinished = `${path}${UNFINISHED_SUFFIX}`;
  if (files.watched?.answers() === false) await untilAnswered(files.watched);
  files.remove(unfinished);
  const file = await whenReadable(files.watched, () => files.open(unfinished, "exclusive"));
  try {
    let position = 0;
    for (const batch of encodeSnapshot(snapshot, timestampMs, runtime)) {
      if (files.watched?.answers() === false) await untilAnswered(files.watched);
      file.write(batch, position);
      position += batch.length;
    }
    await file.sync();
  } finally {
    file.close();
  }
  if (files.watched?.answers() === false) await untilAnswered(files.watched);
  files.setReadOnly(unfinished);
  files.rename(unfinished, path);
  await files.syncDirectory(directory);
}
