import type { FileSystem } from "../runtime.ts";
import { AtomicFile } from "./atomic-file.ts";
import { decodeCheckpoint, encodeCheckpoint, parseIntegers } from "./checkpoint-text.ts";
import type { OffsetAndEpoch } from "./log-read-info.ts";

export const LEADER_EPOCH_CHECKPOINT = "leader-epoch-checkpoint";

/** What who knows of none asks for. Anything else below 0 is older than all there are. */
const NO_LEADER_EPOCH = -1;

export interface EpochEntry {
  readonly epoch: number;
  readonly startOffset: number;
}

/**
 * Where each leader epoch starts in the log (KIP-101, KIP-279): both epochs and offsets strictly ascend. The file is
 * written in the background: what it lacks after a kill, recovery finds in the batches, because a flush waits for it
 * before it moves the recovery point.
 */
export class LeaderEpochCheckpoint {
  readonly #file: AtomicFile;
  readonly #onFailure: (error: Error) => void;
  #entries: readonly EpochEntry[] = [];
  /** The file has entries that do not fit the log. */
  #isFileBehind = false;
  #written: Promise<void> = Promise.resolve();

  constructor(files: FileSystem, directory: string, onFailure: (error: Error) => void) {
    this.#file = new AtomicFile(files, `${directory}/${LEADER_EPOCH_CHECKPOINT}`);
    this.#onFailure = onFailure;
  }

  /** Throws when the file is malformed. */
  load(): void {
    const entries = parseLeaderEpochs(this.#file.read() ?? new Uint8Array(0));
    this.#entries = [];
    for (const entry of entries) this.#insert(entry);
  }

  /** A write that is under way ends in the new directory. */
  directoryRenamed(directory: string): void {
    this.#file.path = `${directory}/${LEADER_EPOCH_CHECKPOINT}`;
  }

  get entries(): readonly EpochEntry[] {
    return this.#entries;
  }

  /** -1 when there is none. */
  get latestEpoch(): number {
    return this.#entries.at(-1)?.epoch ?? -1;
  }

  /** Entries that contradict the new one go: they describe what another leader's log has replaced. */
  assign(epoch: number, startOffset: number): void {
    const latest = this.#entries.at(-1);
    if (latest?.epoch === epoch && startOffset >= latest.startOffset) {
      if (this.#isFileBehind) this.#write();
      return;
    }
    if (epoch < 0 || startOffset < 0) throw new Error(`Leader epoch ${epoch} can't start at offset ${startOffset}`);
    this.#insert({ epoch, startOffset });
    this.#write();
  }

  /**
   * A batch of this epoch is there. What contradicts it goes: the file may be newer than the batches, when a power cut has
   * taken back a truncation and what was written after it.
   */
  recovered(epoch: number, offset: number): void {
    if (this.epochForOffset(offset) === epoch) return;
    this.truncateFromEnd(offset);
    if (this.epochForOffset(offset) !== epoch) this.assign(epoch, offset);
  }

  /** Undefined when nothing is known; the epoch answered is the largest one not above `epoch`. */
  endOffsetFor(epoch: number, logEndOffset: number): OffsetAndEpoch | undefined {
    if (epoch === NO_LEADER_EPOCH) return undefined;
    if (epoch === this.latestEpoch) return { epoch, offset: logEndOffset };
    const higher = this.#entries.findIndex((entry) => entry.epoch > epoch);
    if (higher < 0) return undefined;
    // All that is older has been deleted: the log of that epoch ends where ours begins.
    const floor = this.#entries[higher - 1];
    return { epoch: floor?.epoch ?? epoch, offset: this.#entries[higher]!.startOffset };
  }

  /** -1 when the offset is older than the first entry. */
  epochForOffset(offset: number): number {
    return this.#entries.findLast((entry) => entry.startOffset <= offset)?.epoch ?? -1;
  }

  /**
   * For a log that has been loaded. The file stays as it is until the next batch: who loads it before then finds the same
   * log, and thousands of files need not be written at each start.
   */
  fitTo(logStartOffset: number, logEndOffset: number): void {
    const fitting = coveredFrom(startedBelow(this.#entries, logEndOffset), logStartOffset);
    if (fitting !== this.#entries) this.#isFileBehind = true;
    this.#entries = fitting;
  }

  /** Forgets epochs that start at or above the new end of the log. */
  truncateFromEnd(endOffset: number): void {
    this.#replace(startedBelow(this.#entries, endOffset));
  }

  /** Forgets epochs that end below the new start of the log; the one that covers it now starts there. */
  truncateFromStart(startOffset: number): void {
    this.#replace(coveredFrom(this.#entries, startOffset));
  }

  clear(): void {
    if (this.#entries.length > 0) this.#replace([]);
  }

  /** Rejects when what is in memory did not get onto the disk. */
  flush(): Promise<void> {
    return this.#written;
  }

  close(): void {
    this.#file.close();
  }

  #insert(entry: EpochEntry): void {
    let keep = this.#entries.length;
    while (keep > 0 && contradicts(this.#entries[keep - 1]!, entry)) keep--;
    this.#entries = [...this.#entries.slice(0, keep), entry];
  }

  #replace(entries: readonly EpochEntry[]): void {
    if (entries === this.#entries) return;
    this.#entries = entries;
    this.#write();
  }

  #write(): void {
    this.#isFileBehind = false;
    this.#written = this.#file.write(() =>
      encodeCheckpoint(this.#entries.map((entry) => `${entry.epoch} ${entry.startOffset}`)),
    );
    this.#written.catch(this.#onFailure);
  }
}

/** The entries as they are in the file. Throws when it is malformed. */
export function parseLeaderEpochs(bytes: Uint8Array): EpochEntry[] {
  return decodeCheckpoint(bytes).map((line) => {
    const fields = line.split(/\s+/);
    const [epoch, startOffset] = parseIntegers(line, fields);
    if (epoch === undefined || startOffset === undefined || fields.length !== 2) {
      throw new Error(`Malformed leader epoch entry ${JSON.stringify(line)}`);
    }
    return { epoch, startOffset };
  });
}

/** The same array when all of them did. */
function startedBelow(entries: readonly EpochEntry[], endOffset: number): readonly EpochEntry[] {
  const kept = entries.filter((entry) => entry.startOffset < endOffset);
  return kept.length === entries.length ? entries : kept;
}

/** The same array when nothing lies below. */
function coveredFrom(entries: readonly EpochEntry[], startOffset: number): readonly EpochEntry[] {
  const covering = entries.findLastIndex((entry) => entry.startOffset <= startOffset);
  if (covering < 0 || (covering === 0 && entries[0]!.startOffset === startOffset)) return entries;
  return [{ epoch: entries[covering]!.epoch, startOffset }, ...entries.slice(covering + 1)];
}

function contradicts(older: EpochEntry, newer: EpochEntry): boolean {
  return older.epoch >= newer.epoch || older.startOffset >= newer.startOffset;
}
