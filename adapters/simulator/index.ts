import { createCrc32c } from "../../src/record/crc32c.ts";
import type { Compression, Logger, LogLevel, Runtime } from "../../src/runtime.ts";
import { createMemoryFiles, type MemoryFiles } from "../shared/files/memory-files.ts";
import { createLoopbackNetwork, type LoopbackNetwork } from "./loopback-network.ts";
import { ManualClock } from "./manual-clock.ts";
import { missingCompression } from "./missing-compression.ts";
import { noUsage } from "./no-usage.ts";
import { SeededRandom } from "./seeded-random.ts";
import { SimulatedWorkers } from "./simulated-workers.ts";

export { createMemoryFiles, type MemoryFiles } from "../shared/files/memory-files.ts";
export { Internet } from "./internet.ts";
export type { Link } from "./link.ts";
export { createLoopbackNetwork, type LoopbackNetwork } from "./loopback-network.ts";
export { ManualClock } from "./manual-clock.ts";
export { ProcessHalt, Scheduler } from "./scheduler.ts";
export { SeededRandom } from "./seeded-random.ts";
export { SimulatedComputer, type SimulatedProcess } from "./simulated-computer.ts";

export const name = "simulator";

export interface SimulatedRuntimeOptions {
  readonly seed: number;
  /** One clock drives everything: brokers and clients that talk to each other share it, and the network. */
  readonly clock?: ManualClock;
  readonly network?: LoopbackNetwork;
  /** A node that comes back after a crash is given the files it had. */
  readonly files?: MemoryFiles;
  /** The codecs of a real adapter: they are pure, and there is nothing to simulate. Without, their use throws. */
  readonly compression?: Compression;
}

/** A computer that exists in memory only. The same seed and the same calls give the same run. */
export interface SimulatedRuntime extends Runtime {
  readonly clock: ManualClock;
  readonly files: MemoryFiles;
  readonly network: LoopbackNetwork;
  readonly log: MemoryLog;
}

const checksums = { crc32c: createCrc32c() };

/** A runtime with its own clock, and, unless others are given, its own disk and network. */
export function createSimulatedRuntime(options: SimulatedRuntimeOptions): SimulatedRuntime {
  const clock = options.clock ?? new ManualClock();
  const random = new SeededRandom(options.seed);
  const log = new MemoryLog();
  const compression = options.compression ?? missingCompression;
  return {
    name,
    clock,
    random,
    files: options.files ?? createMemoryFiles({ now: () => clock.now() }),
    network: options.network ?? createLoopbackNetwork({ clock, log, random: new SeededRandom(options.seed ^ 0x5eed) }),
    checksums,
    compression,
    workers: new SimulatedWorkers(clock, { checksums, compression }),
    log,
    usage: noUsage,
    fatal(error) {
      throw new SimulatedHalt(error);
    },
  };
}

/** The simulated process has ended itself. */
export class SimulatedHalt extends Error {
  constructor(cause: Error) {
    super(`The simulated process has halted: ${cause.message}`, { cause });
    this.name = "SimulatedHalt";
  }
}

/** Keeps what is logged. */
export class MemoryLog implements Logger {
  level: LogLevel = "trace";
  readonly lines: { level: LogLevel; line: string }[] = [];

  write(level: LogLevel, line: string): void {
    this.lines.push({ level, line });
  }
}
