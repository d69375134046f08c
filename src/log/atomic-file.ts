import type { File, FileSystem } from "../runtime.ts";
import { untilAnswered, whenReadable } from "./storage-guard.ts";

/**
 * A small file that is only ever replaced as a whole: written to `<path>.tmp`, synced, renamed over. Writes are
 * coalesced: while one is under way, only the newest of those that follow is kept.
 */
export class AtomicFile {
  /** Of a directory that has been renamed, the new one. */
  path: string;
  readonly #files: FileSystem;
  #writing: Promise<void> | undefined = undefined;
  #closed = false;
  #next: { content: () => Uint8Array; written: Promise<void> } | undefined = undefined;

  constructor(files: FileSystem, path: string) {
    this.#files = files;
    this.path = path;
  }

  /** Undefined when there is no such file. */
  read(): Uint8Array | undefined {
    return readFile(this.#files, this.path);
  }

  /** Resolves when this content, or a later one, is on the disk. `content` is called when its turn has come. */
  write(content: () => Uint8Array): Promise<void> {
    if (this.#next !== undefined) {
      this.#next.content = content;
      return this.#next.written;
    }
    if (this.#writing === undefined) return this.#start(content);
    const next = { content, written: this.#writing.catch(() => {}).then(() => this.#startNext()) };
    this.#next = next;
    return next.written;
  }

  /** Nothing is written any more: the directory may belong to somebody else by now. */
  close(): void {
    this.#closed = true;
  }

  /** Resolves when no write is under way. */
  async settled(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing.catch(() => {});
  }

  #startNext(): Promise<void> {
    const { content } = this.#next!;
    this.#next = undefined;
    return this.#start(content);
  }

  #start(content: () => Uint8Array): Promise<void> {
    if (this.#closed) return Promise.resolve();
    const place = { path: () => this.path, isWanted: () => !this.#closed };
    const writing = replaceFileAt(this.#files, place, content()).finally(() => {
      if (this.#writing === writing) this.#writing = undefined;
    });
    this.#writing = writing;
    return writing;
  }
}

/** Undefined when there is no such file. */
export function readFile(files: FileSystem, path: string): Uint8Array | undefined {
  try {
    const file = files.open(path, "read");
    try {
      return readAll(file);
    } finally {
      file.close();
    }
  } catch (error) {
    if (NO_FILE.has((error as { code?: unknown }).code)) return undefined;
    throw error;
  }
}

/** Of opening and reading what is not there, lies below a file, or is a directory. */
const NO_FILE = new Set<unknown>(["ENOENT", "ENOTDIR", "EISDIR"]);

/** Most small files are smaller: they are read without asking for their size, as a start reads thousands of them. */
const USUAL_BYTES = 1_024;

function readAll(file: File): Uint8Array {
  const usual = new Uint8Array(USUAL_BYTES);
  const count = file.read(usual, 0);
  if (count < usual.length) return usual.subarray(0, count);
  const bytes = new Uint8Array(file.size());
  return bytes.subarray(0, file.read(bytes, 0));
}

/** The new content is on the disk before it takes the old one's place. */
export function replaceFile(files: FileSystem, path: string, content: Uint8Array): Promise<void> {
  return replaceFileAt(files, { path: () => path, isWanted: () => true }, content);
}

/** Where a file is to be replaced; its directory may be renamed while the disk is waited for. */
interface ReplacedFile {
  path(): string;
  isWanted(): boolean;
}

async function replaceFileAt(files: FileSystem, place: ReplacedFile, content: Uint8Array): Promise<void> {
  if (files.watched?.answers() === false) await untilAnswered(files.watched);
  if (!place.isWanted()) return;
  const file = writeFile(files, `${place.path()}.tmp`, content);
  try {
    await file.sync();
  } finally {
    file.close();
  }
  if (files.watched?.answers() === false) await untilAnswered(files.watched);
  if (!place.isWanted()) return;
  const path = place.path();
  files.rename(`${path}.tmp`, path);
  await syncDirectoryAt(files, () => parentOf(place.path()));
}

/** Syncs a directory that may get another name before the disk comes to it: what was asked for is not there then. */
export async function syncDirectoryAt(files: FileSystem, path: () => string): Promise<void> {
  for (;;) {
    const asked = path();
    try {
      await files.syncDirectory(asked);
      return;
    } catch (error) {
      if (path() === asked) throw error;
    }
  }
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}

/** Brings a file that somebody has written to the disk; nothing there is no error. */
export async function syncFile(files: FileSystem, path: string): Promise<void> {
  const file = await whenReadable(files.watched, () =>
    files.stat(path) === undefined ? undefined : files.open(path, "write"),
  );
  if (file === undefined) return;
  try {
    await file.sync();
  } finally {
    file.close();
  }
}

/** As {@link replaceFile} without waiting for the disk: it outlives the process, not the power. */
export function replaceFileUnsynced(files: FileSystem, path: string, content: Uint8Array): void {
  const temporary = `${path}.tmp`;
  writeFile(files, temporary, content).close();
  files.rename(temporary, path);
}

function writeFile(files: FileSystem, path: string, content: Uint8Array) {
  const file = files.open(path, "create");
  try {
    file.truncate(0);
    file.write(content, 0);
  } catch (error) {
    file.close();
    throw error;
  }
  return file;
}
