import type { Checksums, Compression, Logger, LogLevel, Random, Runtime } from "../../src/runtime.ts";
import type { Internet } from "./internet.ts";
import { missingCompression } from "./missing-compression.ts";
import { noUsage } from "./no-usage.ts";
import { type ComputerTime, ProcessClock } from "./process-clock.ts";
import { ProcessNetwork } from "./process-network.ts";
import { ProcessHalt, type Scheduler } from "./scheduler.ts";
import type { SeededRandom } from "./seeded-random.ts";
import { type ProcessFiles, SimulatedDisk } from "./simulated-disk.ts";
import { SimulatedWorkers } from "./simulated-workers.ts";

export interface SimulatedComputerOptions {
  /** By which others reach it. */
  readonly name: string;
  readonly scheduler: Scheduler;
  readonly internet: Internet;
  readonly random: SeededRandom;
  readonly checksums: Checksums;
  readonly compression?: Compression;
  /** Of its quartz; 1 when left out. */
  readonly rate?: number;
}

const START_MS = Date.UTC(2026, 0, 1);

/** A computer of a simulation: a disk that outlives processes, a clock, and at most one process at a time. */
export class SimulatedComputer {
  readonly name: string;
  readonly disk: SimulatedDisk;
  readonly time: ComputerTime;
  process: SimulatedProcess | undefined;
  /** Of the process that runs, or ran last. */
  lastLog: readonly string[] = [];
  readonly #options: SimulatedComputerOptions;

  constructor(options: SimulatedComputerOptions) {
    this.#options = options;
    this.name = options.name;
    this.time = { startMs: START_MS, wallOffsetMs: 0, rate: options.rate ?? 1 };
    const now = () => this.time.startMs + this.time.wallOffsetMs + Math.floor(options.scheduler.nowMs);
    this.disk = new SimulatedDisk(options.random.fork(), now);
  }

  /** `halted` is told when the process ends itself. */
  startProcess(halted: (error: Error) => void = () => {}): SimulatedProcess {
    const { scheduler, internet, random, checksums, compression } = this.#options;
    internet.setUp(this.name, true);
    const clock = new ProcessClock(scheduler, this.time);
    const log = new ProcessLog((level, line) => scheduler.trace.text(`${this.name} ${level} ${line}`));
    this.lastLog = log.lines;
    const network = new ProcessNetwork({ internet, host: this.name, clock, random: random.fork(), log });
    this.process = new SimulatedProcess({
      clock,
      network,
      files: this.disk.mount(clock),
      log,
      random: random.fork(),
      checksums,
      compression: compression ?? missingCompression,
      halted,
    });
    return this.process;
  }

  /** As SIGKILL: what was written stays in the page cache. */
  kill(): void {
    this.process?.kill();
    this.process = undefined;
  }

  losePower(): void {
    this.process?.vanish();
    this.process = undefined;
    this.#options.internet.setUp(this.name, false);
    this.disk.losePower();
  }

  get isRunning(): boolean {
    return this.process !== undefined;
  }
}

type SimulatedProcessOptions = Pick<
  SimulatedProcess,
  "clock" | "network" | "files" | "log" | "random" | "checksums" | "compression"
> & { readonly halted: (error: Error) => void };

/** What a process of a simulated computer has of the outside. */
export class SimulatedProcess implements Runtime {
  readonly name = "simulator";
  readonly clock: ProcessClock;
  readonly network: ProcessNetwork;
  readonly files: ProcessFiles;
  readonly log: ProcessLog;
  readonly random: Random;
  readonly checksums: Checksums;
  readonly compression: Compression;
  readonly workers: SimulatedWorkers;
  readonly #halted: (error: Error) => void;

  constructor(options: SimulatedProcessOptions) {
    this.clock = options.clock;
    this.network = options.network;
    this.files = options.files;
    this.log = options.log;
    this.random = options.random;
    this.checksums = options.checksums;
    this.compression = options.compression;
    this.workers = new SimulatedWorkers(options.clock, options);
    this.#halted = options.halted;
  }

  usage() {
    return noUsage();
  }

  fatal(error: Error): never {
    this.kill();
    this.#halted(error);
    throw new ProcessHalt(error);
  }

  kill(): void {
    this.clock.kill();
    this.network.kill();
    this.files.kill();
  }

  vanish(): void {
    this.clock.kill();
    this.network.vanish();
    this.files.kill();
  }
}

const KEPT_LINES = 2_000;

/** The last lines that a process has logged. */
export class ProcessLog implements Logger {
  level: LogLevel = "debug";
  readonly lines: string[] = [];
  readonly #trace: (level: LogLevel, line: string) => void;

  constructor(trace: (level: LogLevel, line: string) => void) {
    this.#trace = trace;
  }

  write(level: LogLevel, line: string): void {
    this.#trace(level, line);
    this.lines.push(`${level} ${line}`);
    if (this.lines.length > 2 * KEPT_LINES) this.lines.splice(0, KEPT_LINES);
  }
}
