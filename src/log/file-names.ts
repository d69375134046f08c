import type { Random } from "../runtime.ts";

/** The names Kafka gives the files and directories of a log. */

export const LOG_SUFFIX = ".log";
export const OFFSET_INDEX_SUFFIX = ".index";
export const TIME_INDEX_SUFFIX = ".timeindex";
export const TRANSACTION_INDEX_SUFFIX = ".txnindex";
/** Of the files that each segment has, or may have. */
export const SEGMENT_SUFFIXES = [LOG_SUFFIX, OFFSET_INDEX_SUFFIX, TIME_INDEX_SUFFIX, TRANSACTION_INDEX_SUFFIX];
export const PRODUCER_SNAPSHOT_SUFFIX = ".snapshot";
/** Renamed and waiting to be removed. */
export const DELETED_SUFFIX = ".deleted";
/** The cleaner's work in progress, worthless after a crash. */
export const CLEANED_SUFFIX = ".cleaned";
/** The cleaner's finished work, on its way to replace segments. */
export const SWAP_SUFFIX = ".swap";
/** A deleted snapshot of the metadata log, which is the snapshot code's to remove. */
export const CHECKPOINT_DELETED_SUFFIX = ".checkpoint.deleted";

export const DELETE_DIRECTORY_SUFFIX = "-delete";
export const FUTURE_DIRECTORY_SUFFIX = "-future";
export const STRAY_DIRECTORY_SUFFIX = "-stray";

export const OFFSET_DIGITS = 20;
const MAX_FILE_NAME_LENGTH = 255;
const UNIQUE_ID_LENGTH = 32;

export function offsetFileName(offset: number, suffix: string): string {
  return String(offset).padStart(OFFSET_DIGITS, "0") + suffix;
}

/** The offset a file of this suffix is named after; undefined for any other file. */
export function offsetOfFileName(name: string, suffix: string): number | undefined {
  if (!name.endsWith(suffix)) return undefined;
  const digits = name.slice(0, -suffix.length);
  return /^\d{20}$/.test(digits) ? Number(digits) : undefined;
}

export interface PartitionDirectoryName {
  readonly topic: string;
  readonly partition: number;
}

/** Undefined for a directory that is no live partition. */
export function parsePartitionDirectoryName(name: string): PartitionDirectoryName | undefined {
  const match = /^([a-zA-Z0-9._-]{1,249})-(0|[1-9]\d*)$/.exec(name);
  return match === null ? undefined : { topic: match[1]!, partition: Number(match[2]) };
}

/** The partition that a directory with a suffix belongs to; undefined for one whose topic's name has been cut short. */
export function parseSuffixedDirectoryName(name: string, suffix: string): PartitionDirectoryName | undefined {
  if (!name.endsWith(suffix)) return undefined;
  const end = name.lastIndexOf(".");
  return end < 0 ? undefined : parsePartitionDirectoryName(name.slice(0, end));
}

/** A topic's name may be as long as a file's, so it gives way to the suffix. */
export function suffixedDirectoryName(topic: string, partition: number, uniqueId: string, suffix: string): string {
  const end = `-${partition}.${uniqueId}${suffix}`;
  return topic.slice(0, MAX_FILE_NAME_LENGTH - end.length) + end;
}

/** A future log's directory has to tell the whole topic; not every topic leaves room for that. */
export function hasFutureDirectoryName(topic: string, partition: number): boolean {
  const uniqueId = "0".repeat(UNIQUE_ID_LENGTH);
  return suffixedDirectoryName(topic, partition, uniqueId, FUTURE_DIRECTORY_SUFFIX).startsWith(
    `${topic}-${partition}.`,
  );
}

/** Sets directories apart that belong to the same partition. */
export function newUniqueId(random: Random): string {
  return Array.from(random.bytes(UNIQUE_ID_LENGTH / 2), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
