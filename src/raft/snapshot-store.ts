import { isRefusal, untilAnswered } from "../log/storage-guard.ts";
import type { File, FileRange, FileStat } from "../runtime.ts";
import type { SnapshotId } from "./raft-message.ts";
import {
  BOOTSTRAP_SNAPSHOT,
  isSameSnapshot,
  listSnapshots,
  readSnapshot,
  removeUnfinishedSnapshots,
  type Snapshot,
  type SnapshotRuntime,
  snapshotFileName,
  UNFINISHED_SUFFIX,
  writeSnapshot,
} from "./snapshot-file.ts";

/** A snapshot that is being fetched. */
interface UnfinishedSnapshot {
  readonly id: SnapshotId;
  readonly path: string;
  readonly file: File;
}

/** The snapshots in the directory of the metadata log: those that are there, and the one that is being fetched. */
export class SnapshotStore {
  readonly #runtime: SnapshotRuntime;
  readonly #directory: string;
  /** Oldest first; the bootstrap snapshot is one of them. */
  #ids: SnapshotId[];
  #unfinished: UnfinishedSnapshot | undefined = undefined;

  constructor(runtime: SnapshotRuntime, directory: string) {
    this.#runtime = runtime;
    this.#directory = directory;
    removeUnfinishedSnapshots(runtime.files, directory);
    this.#ids = listSnapshots(runtime.files, directory);
  }

  /** Oldest first, without the bootstrap snapshot. */
  get ids(): readonly SnapshotId[] {
    return this.#ids.filter((id) => !isSameSnapshot(id, BOOTSTRAP_SNAPSHOT));
  }

  get hasBootstrap(): boolean {
    return this.#ids.some((id) => isSameSnapshot(id, BOOTSTRAP_SNAPSHOT));
  }

  /** The bootstrap snapshot counts. */
  get earliest(): SnapshotId | undefined {
    return this.#ids[0];
  }

  /** The bootstrap snapshot does not count. */
  get latest(): SnapshotId | undefined {
    return this.ids.at(-1);
  }

  has(id: SnapshotId): boolean {
    return this.ids.some((known) => isSameSnapshot(known, id));
  }

  /** Undefined when it is not there, or the disk does not answer. */
  sizeBytes(id: SnapshotId): number | undefined {
    const stat = this.has(id) ? this.#stat(id) : undefined;
    return stat === "stalled" ? undefined : stat?.sizeBytes;
  }

  /** As young as can be while the disk does not answer. */
  modifiedMs(id: SnapshotId): number {
    const stat = this.#stat(id);
    return stat === "stalled" ? Number.POSITIVE_INFINITY : (stat?.modifiedMs ?? 0);
  }

  /** Throws when it is damaged. */
  read(id: SnapshotId): Snapshot {
    return readSnapshot(this.#runtime, this.#directory, id);
  }

  /** A piece of it, for as long as the file of the answer is retained: the caller closes it. */
  open(id: SnapshotId, position: number, length: number): FileRange {
    return { file: this.#runtime.files.open(this.#pathOf(id), "read"), position, length };
  }

  /** Does nothing when one of this end, or a later one, is there. */
  async write(snapshot: Snapshot, timestampMs: number): Promise<void> {
    if (this.ids.some((id) => id.endOffset >= snapshot.endOffset)) return;
    await writeSnapshot(this.#runtime, this.#directory, snapshot, timestampMs);
    this.#add(snapshot);
  }

  /** Those that end before `offset`, the bootstrap snapshot among them: the log does not begin behind any of them. */
  removeBefore(offset: number): void {
    const old = this.#ids.filter(({ endOffset }) => endOffset < offset);
    this.#ids = this.#ids.filter(({ endOffset }) => endOffset >= offset);
    for (const id of old) this.#runtime.files.remove(this.#pathOf(id));
  }

  /** Begins an empty file, in the place of any other that was not finished. */
  start(id: SnapshotId): void {
    this.drop();
    const path = `${this.#directory}/${snapshotFileName(id)}${UNFINISHED_SUFFIX}`;
    this.#runtime.files.remove(path);
    this.#unfinished = { id, path, file: this.#runtime.files.open(path, "exclusive") };
  }

  append(id: SnapshotId, position: number, bytes: Uint8Array): void {
    this.#fetched(id).file.write(bytes, position);
  }

  /** All its bytes are on the disk, and it has its name. */
  async finish(id: SnapshotId): Promise<void> {
    const { files } = this.#runtime;
    const { path, file } = this.#fetched(id);
    await file.sync();
    if (files.watched?.answers() === false) await untilAnswered(files.watched);
    if (this.#unfinished?.file !== file) return;
    this.#unfinished = undefined;
    file.close();
    files.setReadOnly(path);
    files.rename(path, this.#pathOf(id));
    await files.syncDirectory(this.#directory);
    this.#add(id);
  }

  /** Gives up what is being fetched. */
  drop(): void {
    const unfinished = this.#unfinished;
    if (unfinished === undefined) return;
    this.#unfinished = undefined;
    unfinished.file.close();
    this.#runtime.files.remove(unfinished.path);
  }

  #stat(id: SnapshotId): FileStat | "stalled" | undefined {
    const { files } = this.#runtime;
    try {
      return files.stat(this.#pathOf(id));
    } catch (error) {
      if (!isRefusal(error)) throw error;
      return "stalled";
    }
  }

  #fetched(id: SnapshotId): UnfinishedSnapshot {
    const unfinished = this.#unfinished;
    if (unfinished === undefined || !isSameSnapshot(unfinished.id, id)) {
      throw new Error(`No snapshot ${id.endOffset}-${id.epoch} is being fetched`);
    }
    return unfinished;
  }

  #add({ endOffset, epoch }: SnapshotId): void {
    this.#ids.push({ endOffset, epoch });
    this.#ids.sort((a, b) => a.endOffset - b.endOffset || a.epoch - b.epoch);
  }

  #pathOf(id: SnapshotId): string {
    return `${this.#directory}/${snapshotFileName(id)}`;
  }
}
