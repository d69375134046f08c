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

/** Damage of the batch that was flushed last, where its checksum does not tell: its base offset, or its leader epoch. */
export interface FlushedBatchDamage {
  readonly path: string;
  readonly problem: string;
}

/** What is vouched for of a log. */
export interface FlushedLog {
  readonly extent: FlushedExtent;
  /** With it the node would vote, and win, as one whose log goes further than it does. */
  readonly damage: FlushedBatchDamage | undefined;
}

/**
 * Of the log in `directory`. Undefined when the batch is not there; one bit of it may be another, as that is damage and no
 * other batch.
 */
export function flushedLog(files: FileSystem, directory: string): FlushedLog | undefined {
  const batch = new FlushedBatchFile(files, directory).read();
  if (batch === undefined) return undefined;
  const { baseOffset, position, identity } = batch;
  const path = `${directory}/${offsetFileName(baseOffset, LOG_SUFFIX)}`;
  const found = identityIn(files, path, position);
  if (found === undefined || differentBits(found, identity) > 1) return undefined;
  const problem = problemOf(found, identity);
  return {
    extent: { baseOffset, sizeBytes: position + RecordBatch.sizeInBytes(identity, 0) },
    damage:
      problem === undefined
        ? undefined
        : { path, problem: `is damaged at byte ${position}: the batch that was flushed last ${problem}` },
  };
}

/** The first bytes of the batch that is there now; undefined when there are fewer. */
function identityIn(files: FileSystem, path: string, position: number): Uint8Array | undefined {
  if (files.stat(path) === undefined) return undefined;
  const found = new Uint8Array(IDENTITY_BYTES);
  const file = files.open(path, "read");
  try {
    return file.read(found, position) < IDENTITY_BYTES ? undefined : found;
  } finally {
    file.close();
  }
}

function problemOf(found: Uint8Array, flushed: Uint8Array): string | undefined {
  const [offset, flushedOffset] = [found, flushed].map((bytes) => RecordBatch.baseOffset(bytes, 0));
  if (offset !== flushedOffset) return `with base offset ${flushedOffset} has ${offset}`;
  const [epoch, flushedEpoch] = [found, flushed].map((bytes) => RecordBatch.partitionLeaderEpoch(bytes, 0));
  return epoch === flushedEpoch ? undefined : `with leader epoch ${flushedEpoch} has ${epoch}`;
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
