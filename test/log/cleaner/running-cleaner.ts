import { afterEach } from "vitest";
import type { SimulatedRuntime } from "../../../adapters/simulator/index.ts";
import { readFile } from "../../../src/log/atomic-file.ts";
import type { CleanerConfig } from "../../../src/log/cleaner/cleaner-config.ts";
import type { Log } from "../../../src/log/log.ts";
import type { LogConfig } from "../../../src/log/log-config.ts";
import { LogManager } from "../../../src/log/log-manager.ts";
import { settled, simulate, TOPIC_ID } from "../log-fixture.ts";
import { compactedConfig, put } from "./cleaner-fixture.ts";

export const BACKOFF_MS = 15_000;
export const DEFAULT_CLEANER_CONFIG: CleanerConfig = {
  isEnabled: true,
  threads: 1,
  dedupeBufferBytes: 134_217_728,
  loadFactor: 0.9,
  ioBufferBytes: 524_288,
  maxIoBytesPerSecond: Number.MAX_VALUE,
  backoffMs: BACKOFF_MS,
};

let managers: LogManager[] = [];

afterEach(() => {
  for (const manager of managers) manager.kill();
  managers = [];
});

interface Setup {
  readonly runtime?: SimulatedRuntime;
  readonly config?: Partial<LogConfig>;
  readonly cleaner?: Partial<CleanerConfig>;
  readonly logDirs?: readonly string[];
}

/** A log manager with a cleaner; it ends with the test. */
export async function start({ runtime = simulate(), config = {}, cleaner = {}, logDirs = ["/data"] }: Setup = {}) {
  const failed: string[] = [];
  const loading = LogManager.load({
    runtime,
    logDirs,
    configOf: () => compactedConfig(config),
    cleaner: { ...DEFAULT_CLEANER_CONFIG, ...cleaner },
    onDirectoryFailure: (directory) => failed.push(directory),
  });
  const manager = await settled(runtime, loading);
  managers.push(manager);
  return { runtime, manager, failed, log: (topic = "orders") => manager.getOrCreate(topic, 0, TOPIC_ID) };
}

/** Segments of one record each with the same key. */
export function fill(log: Log, segments: number): void {
  for (let value = 0; value < segments; value++) {
    put(log, [`k=${value}`]);
    log.roll();
  }
}

/** Lets time go on; nobody's work takes any. */
export async function run(runtime: SimulatedRuntime, delayMs = BACKOFF_MS): Promise<void> {
  const stepMs = Math.max(1, delayMs / 100);
  for (let step = 0; step < delayMs / stepMs; step++) {
    await runtime.clock.advanceWithPromises(stepMs);
    do {
      runtime.clock.runUntilIdle();
      await new Promise((resolve) => setImmediate(resolve));
    } while (!runtime.clock.isIdle());
  }
}

export const checkpoint = (runtime: SimulatedRuntime, directory = "/data") =>
  new TextDecoder().decode(readFile(runtime.files, `${directory}/cleaner-offset-checkpoint`));
export const lines = (runtime: SimulatedRuntime, level: string) =>
  runtime.log.lines.filter((entry) => entry.level === level).map(({ line }) => line);
