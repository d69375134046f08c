import { isSystemError } from "../log/storage-guard.ts";
import type { SystemError } from "../runtime.ts";
import type { BatchObserver } from "./batch-observer.ts";
import type { BatchReader } from "./batch-reader.ts";
import type { Finding, Inspection } from "./finding.ts";
import type { FindingBuffer } from "./finding-buffer.ts";

const OUT_OF_USE = { severity: "damaged", atStart: "the log directory is put out of use when it is read" } as const;

/**
 * A disk that fails is what a check is for: what can't be read is a finding, and no reason to leave out the rest. Whether it
 * could be read.
 */
export function* unlessUnreadable(path: string, isInUse: boolean, inspection: Inspection): Inspection<boolean> {
  try {
    yield* inspection;
    return true;
  } catch (error) {
    if (!isSystemError(error)) throw error;
    if (isInUse && error.code === "ENOENT") {
      yield { severity: "note", path, problem: "was removed while it was looked at" };
    } else yield unreadable(path, error);
    return false;
  }
}

export function unreadable(path: string, error: SystemError): Finding {
  return { path, problem: problemOf(error), ...OUT_OF_USE };
}

/** Passes the batches on until what they are compared with can't be read any more. */
export class WhileReadable implements BatchObserver {
  readonly findings: FindingBuffer;
  readonly #observer: BatchObserver;
  #isReadable = true;

  constructor(observer: BatchObserver & { readonly findings: FindingBuffer }) {
    this.findings = observer.findings;
    this.#observer = observer;
  }

  batch(reader: BatchReader): void {
    this.#attempt(() => this.#observer.batch(reader));
  }

  end(sizeBytes: number, nextOffset: number): void {
    this.#attempt(() => this.#observer.end?.(sizeBytes, nextOffset));
  }

  #attempt(action: () => void): void {
    if (!this.#isReadable) return;
    try {
      action();
    } catch (error) {
      if (!isSystemError(error)) throw error;
      this.#isReadable = false;
      this.findings.add(problemOf(error), OUT_OF_USE);
    }
  }
}

function problemOf(error: SystemError): string {
  return `can't be read: ${error.message}`;
}
