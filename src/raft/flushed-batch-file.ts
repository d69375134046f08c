import { readFile } from "../log/atomic-file.ts";
import { LOG_SUFFIX, offsetFileName, offsetOfFileName } from "../log/file-names.ts";
import type { FlushedExtent } from "../log/flushed-extent.ts";
import * as RecordBatch from "../record/record-batch.ts";
import type { File, FileRange, FileSystem } from "../runtime.ts";

/** A batch that is on the disk, with all before it. */
export interface FlushedBatch {
  /** Of the segment. */
  readonly baseOffset: number;
  /** In the segment's file. */
  readonly position: number;
  /** Its first {@link IDENTITY_BYTES}. */
  readonly identity: Uint8Array;
}

export const FLUSHED_BATCH_FILE = "polylog-flushed-batch";
/** Offset, size, leader epoch, magic and checksum. */
const IDENTITY_BYTES = 21;
const POSITION_DIGITS = 16;

/**
 * Which batch of the metadata log was flushed last. A voter has acknowledged what it has flushed: what is damaged up to
 * there must not be taken for the torn end that a power cut leaves, and be cut off. The file is written at every flush of
 * the log and never flushed itself: an older content vouches for less, and one that the log does not bear out, as when the
 * log was truncated since, here or by Apache Kafka, for nothing.
 */
export class FlushedBatchFile {
  readonly #files: FileSystem;
  readonly #path: string;
  #file: File | undefined = undefined;

  constructor(files: FileSystem, directory: string) {
    this.#files = files;
    this.#path = `${directory}/${FLUSHED_BATCH_FILE}`;
  }

  /** Undefined when it vouches for nothing. */
  read(): FlushedBatch | undefined {
    const [name = "", position = "", identity = "", end] = textOf(readFile(this.#files, this.#path)).split(/[ \n]/);
    const baseOffset = offsetOfFileName(name, LOG_SUFFIX);
    if (baseOffset === undefined || end === undefined || !/^\d+$/.test(position)) return undefined;
    const bytes = identity.match(/[0-9a-f]{2}/g)?.map((digits) => Number.parseInt(digits, 16)) ?? [];
    if (bytes.length !== IDENTITY_BYTES) return undefined;
    return { baseOffset, position: Number(position), identity: Uint8Array.from(bytes) };
  }

  /** `batch` lies in the segment of `baseOffset`. May come too late, see {@link File.write}. */
  write(baseOffset: number, batch: FileRange): void {
    const identity = new Uint8Array(IDENTITY_BYTES);
    batch.file.read(identity, batch.position);
    const hex = [...identity].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    const position = String(batch.position).padStart(POSITION_DIGITS, "0");
    const line = `${offsetFileName(baseOffset, LOG_SUFFIX)} ${position} ${hex}\n`;
    this.#open().write(new TextEncoder().encode(line), 0, true);
  }

  /** It vouches for nothing any more. */
  clear(): void {
    if (this.#file !== undefined || this.#files.stat(this.#path) !== undefined) this.#open().truncate(0);
  }

  close(): void {
    this.#file?.close();
    this.#file = undefined;
  }

  #open(): File {
    this.#file ??= this.#files.open(this.#path, "create");
    return this.#file;
  }
}

/**
 * What is vouched for of the log in `directory`. Undefined when the batch is not there; one bit of it may be another, as
 * that is damage and no other batch.
 */
export function flushedExtent(files: FileSystem, directory: string): FlushedExtent | undefined {
  const there = flushedBatchIn(files, directory);
  if (there === undefined) return undefined;
  const { baseOffset, position, identity } = there.batch;
  return { baseOffset, sizeBytes: position + RecordBatch.sizeInBytes(identity, 0) };
}

/** Damage of the batch that was flushed last, where its checksum does not tell: its base offset, or its leader epoch. */
export interface FlushedBatchDamage {
  readonly path: string;
  readonly problem: string;
}

/** Either would let the node vote, and win, as one whose log goes further than it does. */
export function flushedBatchDamage(files: FileSystem, directory: string): FlushedBatchDamage | undefined {
  const there = flushedBatchIn(files, directory);
  if (there === undefined) return undefined;
  const { path, found, batch } = there;
  const problem = (what: string, is: number, was: number) => ({
    path,
    problem: `is damaged at byte ${batch.position}: the batch that was flushed last with ${what} ${was} has ${is}`,
  });
  const [offset, flushedOffset] = [RecordBatch.baseOffset(found, 0), RecordBatch.baseOffset(batch.identity, 0)];
  if (offset !== flushedOffset) return problem("base offset", offset, flushedOffset);
  const [epoch, flushedEpoch] = [found, batch.identity].map((bytes) => RecordBatch.partitionLeaderEpoch(bytes, 0));
  return epoch === flushedEpoch ? undefined : problem("leader epoch", epoch!, flushedEpoch!);
}

/** The batch that is vouched for, as it was and as it is there now: but for one bit the same. */
function flushedBatchIn(files: FileSystem, directory: string) {
  const batch = new FlushedBatchFile(files, directory).read();
  if (batch === undefined) return undefined;
  const path = `${directory}/${offsetFileName(batch.baseOffset, LOG_SUFFIX)}`;
  if (files.stat(path) === undefined) return undefined;
  const found = new Uint8Array(IDENTITY_BYTES);
  const file = files.open(path, "read");
  try {
    if (file.read(found, batch.position) < IDENTITY_BYTES) return undefined;
  } finally {
    file.close();
  }
  return differentBits(found, batch.identity) > 1 ? undefined : { batch, path, found };
}

function differentBits(a: Uint8Array, b: Uint8Array): number {
  let count = 0;
  for (const [index, byte] of a.entries()) {
    for (let bits = byte ^ b[index]!; bits !== 0; bits &= bits - 1) count++;
  }
  return count;
}

function textOf(bytes: Uint8Array | undefined): string {
  return bytes === undefined ? "" : new TextDecoder().decode(bytes);
}
