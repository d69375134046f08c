import { writeSync } from "node:fs";
import process from "node:process";
import { setImmediate } from "node:timers";
import type { LogSink, Network, Runtime, Workers } from "../../src/runtime.ts";
import { createChecksums } from "./checksums.ts";
import type { LoopActivity } from "./clock/loop-activity.ts";
import { type AfterPoll, LoopClock } from "./clock/loop-clock.ts";
import { createCompression } from "./compression/compression.ts";
import { type CachedReads, NowaitReads } from "./disk-watch/cached-reads.ts";
import type { CallThreads } from "./disk-watch/call-threads.ts";
import type { WriteInThread } from "./files/disk-file.ts";
import { createDiskFiles, type Lookups } from "./files/disk-files.ts";
import { loadTryLock, type TryLock } from "./files/file-lock.ts";
import type { ForeignFunctions } from "./foreign-functions.ts";
import { createLogger, createLogSink, formatLine } from "./log-lines.ts";
import { NetworkEnvironment } from "./network/network-environment.ts";
import { processUsage } from "./process-usage.ts";
import type { RuntimeOptions } from "./runtime-options.ts";
import { createSystemRandom, type FillRandom } from "./system-random.ts";

/** What each runtime has to provide. */
export interface RuntimeParts {
  readonly name: string;
  readonly createNetwork: (environment: NetworkEnvironment) => Network;
  readonly afterPoll: AfterPoll;
  /** Monotonic milliseconds, for a runtime on which `performance.now` costs too much. */
  readonly elapsed?: () => number;
  readonly foreignFunctions: ForeignFunctions;
  readonly fillRandom: FillRandom;
  /** For a runtime whose asynchronous `write` of node:fs blocks the loop. Logs when there is nothing better. */
  readonly createWriteInThread?: (log: LogSink) => WriteInThread;
  /** The threads of the process. */
  readonly workers: Workers;
  readonly callThreads: CallThreads;
  readonly createLookups?: (log: LogSink) => Lookups;
}

export function createSystemRuntime(parts: RuntimeParts, options: RuntimeOptions = {}): Runtime {
  const activity: LoopActivity = { deliveries: 0 };
  const log = createLogger(options.log ?? createLogSink(), options.logLevel ?? "info");
  const clock = new LoopClock(activity, parts.afterPoll, parts.elapsed);
  const environment = new NetworkEnvironment({
    log,
    activity,
    defer: (task) => void setImmediate(task),
    rangeHost: {
      platform: process.platform,
      architecture: process.arch,
      areFilesOnDisk: options.files === undefined,
      foreignFunctions: parts.foreignFunctions,
    },
  });
  return {
    name: parts.name,
    clock,
    random: createSystemRandom(parts.fillRandom),
    files:
      options.files ??
      createDiskFiles(
        () => tryLockOf(parts, log),
        parts.createLookups?.(log),
        parts.createWriteInThread?.(log),
        parts.callThreads,
        () => loadCachedReads(parts, log),
      ),
    network: parts.createNetwork(environment),
    checksums: createChecksums(log),
    compression: createCompression(parts.foreignFunctions, (text) => log.write("info", text)),
    workers: parts.workers,
    log,
    usage: processUsage,
    fatal(error) {
      try {
        // Directly to the descriptor: output that is queued anywhere else would be lost.
        writeSync(2, formatLine(new Date(), "error", `Fatal error, halting: ${error.stack ?? error.message}`));
      } finally {
        // Even when the reason cannot be written.
        process.exit(1);
      }
    },
  };
}

function loadCachedReads({ foreignFunctions }: RuntimeParts, log: LogSink): CachedReads | undefined {
  try {
    return new NowaitReads(foreignFunctions, process.platform, process.arch);
  } catch (error) {
    const reason = (error as Error).message;
    log.write("info", `Threads read from watched log directories even what is in the page cache, because ${reason}`);
    return undefined;
  }
}

function tryLockOf(parts: RuntimeParts, log: LogSink): TryLock | undefined {
  const tryLock = loadTryLock(parts.foreignFunctions);
  if (tryLock === undefined) {
    log.write(
      "info",
      `${parts.name} has no foreign function interface here: locks of directories keep out other Polylog brokers, but an Apache Kafka that is started on the same directory would not notice them`,
    );
  }
  return tryLock;
}
