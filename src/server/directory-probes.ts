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

/** What takes longer is told. */
const SLOW_MS = 1_000;
const FOR_EVER = Number.MAX_SAFE_INTEGER;

/** Others may lie there, of any size. */
const READ_AT_START = [
  META_PROPERTIES,
  CLEAN_SHUTDOWN_FILE,
  RECOVERY_POINT_CHECKPOINT,
  LOG_START_OFFSET_CHECKPOINT,
  HIGH_WATERMARK_CHECKPOINT,
  CLEANER_CHECKPOINT,
];

/** Whether they can be used, and what becomes of them, is told when they are. */
const nobody: DiskWatchEvents = { stalled: () => {}, answered: () => {}, failed: () => {}, unwatched: () => {} };

/**
 * Asks the directories of a node, before anything else of a start does, whether they answer: whoever reads them then waits on the
 * loop, and a disk that is dead would keep the node from starting. Each has its time changed, and that brought to the disk, and what
 * is read first of it is read, by threads. That of the metadata log is waited for as long as it takes, as without it there is no
 * node. The only directory of a node is not asked, as nothing could go on without it.
 */
export class DirectoryProbes {
  readonly #runtime: ProbingRuntime;
  /** By path, how long each is waited for. */
  readonly #patienceMs: ReadonlyMap<string, number>;
  readonly #probed: FileSystem[] = [];

  constructor(runtime: ProbingRuntime, config: Config) {
    this.#runtime = runtime;
    const patienceMs = new Map(logDirs(config).map((path) => [path, config["polylog.log.dir.stall.timeout.ms"]]));
    patienceMs.set(metadataLogDir(config), FOR_EVER);
    this.#patienceMs = hasSeveralDirectories(config) ? patienceMs : new Map();
  }

  /** Those that do not answer, and with what error they are out of use. */
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

  /** When others have taken over the threads. */
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
    // Also one that is not there: whoever uses it finds out.
    if (!isSystemError(error)) throw error;
  }
}
