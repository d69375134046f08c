import {
  createMemoryFiles,
  type MemoryFiles,
  SeededRandom,
  type SimulatedRuntime,
} from "../../../adapters/simulator/index.ts";
import type { CleanerLimits } from "../../../src/log/cleaner/cleaner-limits.ts";
import { Cleaning, CleaningAbortedError } from "../../../src/log/cleaner/cleaning.ts";
import { measureLog, offsetsToClean } from "../../../src/log/cleaner/log-to-clean.ts";
import type { Pace } from "../../../src/log/cleaner/pace.ts";
import { Log, type LogRuntime } from "../../../src/log/log.ts";
import type { LogConfig } from "../../../src/log/log-config.ts";
import { logOptions, settled, simulate } from "../log-fixture.ts";
import { compactedConfig, hurried, pausing, workFiles } from "./cleaner-fixture.ts";
import { CompactionModel } from "./compaction-model.ts";
import { CrashingFiles, ProcessKilled } from "./crashing-files.ts";
import { RandomLogWriter } from "./random-log.ts";

/** How a cleaning ends. */
const endings = ["done", "done", "killed", "power cut", "aborted"] as const;

/**
 * One history of a compacted log, drawn from a seed: it is written to, cleaned, killed while it is cleaned, opened again,
 * and written to again. After each step the log must say what the model says.
 */
export class CompactionHistory {
  readonly #random: SeededRandom;
  readonly #config: LogConfig;
  readonly #limits: CleanerLimits;
  readonly #files: MemoryFiles = createMemoryFiles();
  readonly #writer: RandomLogWriter;
  readonly #model: CompactionModel;
  #runtime: SimulatedRuntime;
  #log: Log;
  #checkpoint: number | undefined = undefined;
  #nowMs = 0;

  constructor(seed: number, keys: number) {
    const random = new SeededRandom(seed);
    this.#random = random;
    this.#config = compactedConfig({
      "segment.bytes": 4_000 + random.integer(40_000),
      "segment.index.bytes": 512 + random.integer(4_000),
      "index.interval.bytes": 100 + random.integer(2_000),
      "delete.retention.ms": 10_000,
    });
    this.#limits = {
      // Sometimes too small for all the keys.
      mapBytes: 24 * (random.integer(2) === 0 ? 64 + random.integer(keys) : 1_000_000),
      loadFactor: 0.5 + random.integer(40) / 100,
      ioBufferBytes: 512 + random.integer(20_000),
    };
    this.#runtime = simulate(this.#files);
    this.#log = Log.create(logOptions(this.#runtime, { config: this.#config }));
    const content = {
      keys,
      producers: random.integer(6),
      recordsPerBatch: 1 + random.integer(30),
      tombstonePercent: random.integer(50),
    };
    this.#writer = new RandomLogWriter(this.#log, random, this.#runtime, content);
    this.#model = new CompactionModel(() => this.#writer.committed);
  }

  get recordsWritten(): number {
    return this.#log.logEndOffset;
  }

  /** Throws at the first step after which the log does not say what it should. */
  async run(steps: number, batchesPerStep: number): Promise<void> {
    for (const path of ["/", "/data"]) await this.#files.syncDirectory(path);
    for (let step = 1; step <= steps; step++) {
      this.#writer.write(1 + this.#random.integer(batchesPerStep));
      if (this.#random.integer(3) === 0) this.#writer.endTransactions();
      if (this.#random.integer(3) === 0) this.#log.roll();
      await settled(this.#runtime, this.#log.flush());
      const ending = endings[this.#random.integer(endings.length)]!;
      await this.#clean(ending);
      this.#check(`step ${step}, ${ending}`);
    }
  }

  async #clean(ending: (typeof endings)[number]): Promise<void> {
    this.#nowMs += this.#random.integer(15_000);
    switch (ending) {
      case "done":
        return this.#cleanWith(this.#log, this.#runtime, hurried);
      case "aborted":
        return this.#abort();
      default:
        return this.#crash(ending === "power cut");
    }
  }

  async #cleanWith(log: Log, runtime: LogRuntime, pace: Pace, aborting?: (cleaning: Cleaning) => void): Promise<void> {
    const target = measureLog(log, offsetsToClean(log, this.#checkpoint, this.#nowMs), this.#nowMs);
    const clock = Object.assign(Object.create(runtime.clock), { now: () => this.#nowMs });
    const cleaning = new Cleaning(target, { runtime: { ...runtime, clock }, limits: this.#limits, pace });
    aborting?.(cleaning);
    const { nextDirtyOffset } = await cleaning.run();
    this.#checkpoint = nextDirtyOffset;
  }

  async #abort(): Promise<void> {
    let pauses = this.#random.integer(200);
    let cleaning: Cleaning | undefined;
    const pace = pausing(() => {
      if (pauses-- === 0) cleaning?.abort();
    });
    await this.#cleanWith(this.#log, this.#runtime, pace, (started) => {
      cleaning = started;
    }).catch((error: unknown) => {
      if (!(error instanceof CleaningAbortedError)) throw error;
    });
  }

  /** The process that cleans dies at some change of the disk, and another one opens what it has left. */
  async #crash(isPowerCut: boolean): Promise<void> {
    this.#log.closeHandlers();
    const files = new CrashingFiles(this.#files, this.#random.integer(300));
    const runtime = { ...simulate(), files };
    try {
      const log = await Log.load({ ...this.#options(true), runtime });
      log.updateHighWatermark(log.logEndOffset);
      await this.#cleanWith(log, runtime, hurried);
      log.closeHandlers();
    } catch (error) {
      if (!(error instanceof ProcessKilled)) throw error;
    }
    if (isPowerCut) this.#files.crash();
    this.#runtime = simulate(this.#files);
    const hadCleanShutdown = this.#random.integer(2) === 0;
    this.#log = await settled(this.#runtime, Log.load({ ...this.#options(hadCleanShutdown), runtime: this.#runtime }));
    this.#log.updateHighWatermark(this.#log.logEndOffset);
    this.#writer.continueIn(this.#log);
  }

  #options(hadCleanShutdown: boolean) {
    return { ...logOptions(this.#runtime, { config: this.#config }), hadCleanShutdown, recoveryPoint: 0 };
  }

  #check(when: string): void {
    const problem = this.#model.findProblem(this.#log);
    const left = workFiles(this.#log, this.#runtime);
    if (problem !== undefined || left.length > 0) throw new Error(`After ${when}: ${problem ?? left.join(", ")}`);
  }
}
