import { isSystemError } from "../log/storage-guard.ts";
import type { FileSystem } from "../runtime.ts";
import type { BatchObserver } from "./batch-observer.ts";
import { type Entries, EntryReader } from "./entry-reader.ts";
import type { Finding, Severity } from "./finding.ts";
import { FindingBuffer } from "./finding-buffer.ts";
import { OFFSET_INDEX_ENTRY_BYTES, OffsetIndexCheck } from "./offset-index-check.ts";
import { TIME_INDEX_ENTRY_BYTES, TimeIndexCheck } from "./time-index-check.ts";
import { TRANSACTION_INDEX_ENTRY_BYTES, TransactionIndexCheck } from "./transaction-index-check.ts";
import type { TransactionReplay } from "./transaction-replay.ts";
import { unreadable, WhileReadable } from "./unreadable.ts";

export type IndexKind = "offset index" | "time index" | "transaction index";

export interface IndexCheckOptions {
  readonly baseOffset: number;
  /** The segment is written no more. */
  readonly isClosed: boolean;
  /** Of an entry that is wrong. */
  readonly severity: Severity;
  readonly atStart?: string;
  readonly replay?: TransactionReplay;
}

/** An index of a segment, open for a comparison with its batches. */
export interface IndexCheck {
  /** Undefined when there is nothing to compare. */
  readonly check: BatchObserver | undefined;
  /** What can be said of the file before any batch is read. */
  readonly findings: readonly Finding[];
  close(): void;
}

export const REBUILT = "it is built anew from the segment";

const NO_ENTRIES: Entries = { position: 0, bytes: new Uint8Array(0), index: 0, next: () => false };

const ENTRY_BYTES: Readonly<Record<IndexKind, number>> = {
  "offset index": OFFSET_INDEX_ENTRY_BYTES,
  "time index": TIME_INDEX_ENTRY_BYTES,
  "transaction index": TRANSACTION_INDEX_ENTRY_BYTES,
};

export function openIndexCheck(
  files: FileSystem,
  path: string,
  kind: IndexKind,
  options: IndexCheckOptions,
): IndexCheck {
  try {
    return openReadable(files, path, kind, options);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return { check: undefined, findings: [unreadable(path, error)], close() {} };
  }
}

function openReadable(files: FileSystem, path: string, kind: IndexKind, options: IndexCheckOptions): IndexCheck {
  const sizeBytes = files.stat(path)?.sizeBytes;
  const entryBytes = ENTRY_BYTES[kind];
  const buffer = new FindingBuffer(path, options.severity, options.atStart);
  if (sizeBytes === undefined) {
    if (kind !== "transaction index") return nothing({ path, problem: "is missing" });
    // It is made with the first transaction that is aborted: without it there are to be none.
    return {
      check: new TransactionIndexCheck(NO_ENTRIES, options.baseOffset, buffer, options.replay),
      findings: [],
      close() {},
    };
  }
  if (sizeBytes % entryBytes !== 0) {
    return nothing({ path, problem: `has ${sizeBytes} bytes, which are no whole entries of ${entryBytes}` });
  }
  const file = files.open(path, "read");
  try {
    const check = checkOf(kind, new EntryReader(file, entryBytes, sizeBytes), options, buffer);
    return { check: new WhileReadable(check), findings: [], close: () => file.close() };
  } catch (error) {
    file.close();
    throw error;
  }
}

function nothing(problem: Pick<Finding, "path" | "problem">): IndexCheck {
  return { check: undefined, findings: [{ severity: "repaired", ...problem, atStart: REBUILT }], close() {} };
}

function checkOf(
  kind: IndexKind,
  entries: EntryReader,
  { baseOffset, isClosed, replay }: IndexCheckOptions,
  buffer: FindingBuffer,
): BatchObserver & { readonly findings: FindingBuffer } {
  switch (kind) {
    case "offset index":
      return new OffsetIndexCheck(entries, baseOffset, buffer);
    case "time index":
      return new TimeIndexCheck(entries, baseOffset, isClosed, buffer);
    case "transaction index":
      return new TransactionIndexCheck(entries, baseOffset, buffer, replay);
  }
}
