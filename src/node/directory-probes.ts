import type { Config } from "../config/config.ts";
import { hasSeveralDirectories, logDirs, metadataLogDir } from "../config/create-config.ts";
import { createDeferred } from "../deferred.ts";
import type { DiskWatchEvents } from "../disk-watch.ts";
import { readFile } from "../log/atomic-file.ts";
import { CLEAN_SHUTDOWN_FILE } from "../log/clean-shutdown-file.ts";
import { META_PROPERTIES } from "../log/meta-properties.ts";
import {
  CLEANER_CHECKPOINT,
  HIGH_WATERMARK_CHECKPOINT,
  LOG_START_OFFSET_CHECKPOINT,
  RECOVERY_POINT_CHECKPOINT,
} from "../log/offset-checkpoint.ts";
import { isSystemError, untilAnswered, whenReadable } from "../log/storage-guard.ts";
import type { FileSystem, Runtime } from "../runtime.ts";

type ProbingRuntime = Pick<Runtime, "files" | "clock" | "log">;

/** A directory that takes longer than this is named in the log. */
const SLOW_MS = 1_000;
const FOR_EVER = Number.MAX_SAFE_INTEGER;

/** Only these files are read: others in the directory may have any size. */
const READ_AT_START = [
  META_PROPERTIES,
  CLEAN_SHUTDOWN_FILE,
  RECOVERY_POINT_CHECKPOINT,
  LOG_START_OFFSET_CHECKPOINT,
  HIGH_WATERMARK_CHECKPOINT,
  CLEANER_CHECKPOINT,
];

/** A probe reports nothing about the directory: whoever uses it later does. */
const nobody: DiskWatchEvents = { stalled: () => {}, answered: () => {}, failed: () => {}, unwatched: () => {} };

/**
 * Finds out at the beginning of a start whether the directories of a node answer. The rest of the start reads them on the loop, and
 * a dead disk would keep the node from starting. In each directory, threads change its time, bring that to the disk, and read the
 * files that are read first. The directory of the metadata log is waited for as long as it takes, since without it there is no
 * node. The only directory of a node is not probed, since nothing could go on without it.
 */
export class DirectoryProbes {
  readonly #runtime: ProbingRuntime;
  /** By path: how long each directory is waited for, in milliseconds. */
  readonly #patienceMs: ReadonlyMap<string, number>;
  readonly #probed: FileSystem[] = [];

  constructor(runtime: ProbingRuntime, config: Config) {
    this.#runtime = runtime;
    const patienceMs = new Map(logDirs(config).map((path) => [path, config["polylog.log.dir.stall.timeout.ms"]]));
    patienceMs.set(metadataLogDir(config), FOR_EVER);
    this.#patienceMs = hasSeveralDirectories(config) ? patienceMs : new Map();
  }

  /** The directories that do not answer, and the error with which each is out of use. */
  async findDead(): Promise<ReadonlyMap<string, Error>> {
    const dead = new Map<string, Error>();
    const { files: unwatched } = this.#runtime;
    if (unwatched.watch === undefined) return dead;
    const probe = async (path: string, patienceMs: number, files: FileSystem): Promise<void> => {
      if (await this.#answers(path, patienceMs, files)) return;
      dead.set(path, new Error(`The file system of ${path} has not answered for ${patienceMs} ms`));
    };
    const probes = Array.from(this.#patienceMs, ([path, patienceMs]) => {
      const files = unwatched.watch!(path, nobody);
      this.#probed.push(files);
      return probe(path, patienceMs, files);
    });
    await Promise.all(probes);
    return dead;
  }

  /** To be called when others have taken over the threads. */
  close(): void {
    for (const { watched } of this.#probed) watched!.close();
  }

  async #answers(path: string, patienceMs: number, files: FileSystem): Promise<boolean> {
    const { clock, log } = this.#runtime;
    await files.watched!.ready;
    const { promise, resolve, reject } = createDeferred<boolean>();
    const limit = patienceMs === FOR_EVER ? "" : `, ${patienceMs} ms at most`;
    const cancelLine = clock.schedule(SLOW_MS, () =>
      log.write("warn", `Log directory ${path} does not answer: the start waits for it${limit}`),
    );
    const cancelEnd = clock.schedule(patienceMs, () => resolve(false));
    probe(path, files).then(() => resolve(true), reject);
    try {
      return await promise;
    } finally {
      cancelLine();
      cancelEnd();
    }
  }
}

async function probe(path: string, files: FileSystem): Promise<void> {
  const disk = files.watched!;
  try {
    await untilAnswered(disk);
    disk.limitReads();
    await files.syncDirectory(path);
    await whenReadable(disk, () => files.list(path));
    for (const name of READ_AT_START) await whenReadable(disk, () => readFile(files, `${path}/${name}`));
  } catch (error) {
    // A missing directory counts as answering: whoever uses it finds out.
    if (!isSystemError(error)) throw error;
  }
}
