import type { MemoryFiles, SimulatedRuntime } from "../../adapters/simulator/index.ts";
import { DataDirectoryCheck } from "../../src/inspection/data-directory-check.ts";
import type { Finding, Severity } from "../../src/inspection/finding.ts";
import { LogManager, type LogManagerOptions } from "../../src/log/log-manager.ts";
import { writeMetaProperties } from "../../src/log/meta-properties.ts";
import { buildEndTransactionMarker } from "../../src/record/control-record.ts";
import type { File } from "../../src/runtime.ts";
import { append, logConfig, START_MS, settled, simulate, TOPIC_ID } from "../log/log-fixture.ts";

export const PARTITION = "/data/orders-0";
export const RECORDS = 60;

const config = logConfig({ "segment.bytes": 2_000, "index.interval.bytes": 300 });

export function loadManager(runtime: SimulatedRuntime, over: Partial<LogManagerOptions> = {}): Promise<LogManager> {
  return settled(runtime, LogManager.load({ runtime, logDirs: ["/data"], configOf: () => config, ...over }));
}

/**
 * A log directory with a partition of several segments in two leader epochs: idempotent and transactional batches, single
 * and several records, plain and compressed.
 */
export async function writeDataDirectory(stop: "clean" | "kill"): Promise<SimulatedRuntime> {
  const runtime = simulate();
  runtime.files.makeDirectory("/data");
  await settled(
    runtime,
    writeMetaProperties(runtime.files, "/data", {
      clusterId: "4L6g3nShT-eMCtK--X86sw",
      nodeId: 1,
      directoryId: "JEXY6aqzQY-32P5TStzaFg",
    }),
  );
  const manager = await loadManager(runtime);
  const log = manager.getOrCreate("orders", 0, TOPIC_ID);
  const marker = { producerId: 9, producerEpoch: 1, coordinatorEpoch: 0, commit: false, timestamp: START_MS + 40 };
  let sequence = 0;
  for (let index = 0; index < RECORDS - 1; index++) {
    const leaderEpoch = log.logEndOffset < 25 ? 3 : 4;
    if (index === 40) {
      const batch = { producerId: 9, producerEpoch: 0, baseSequence: 0, transactional: true };
      append(log, ["in a transaction"], { timestamp: START_MS + 40, ...batch }, leaderEpoch);
      log.appendAsLeader(buildEndTransactionMarker(marker, runtime), {
        leaderEpoch,
        nowMs: START_MS,
        origin: "coordinator",
      });
    } else {
      append(
        log,
        [`${index}`.padEnd(120)],
        {
          ...{ timestamp: START_MS + index, producerId: 7, producerEpoch: 0, baseSequence: sequence++ },
          ...(index % 4 === 0 ? { compression: "gzip" } : {}),
        },
        leaderEpoch,
      );
    }
  }
  log.updateHighWatermark(log.logEndOffset);
  if (stop === "clean") await settled(runtime, manager.shutdown(1));
  else {
    await settled(runtime, log.flush());
    manager.kill();
  }
  return runtime;
}

/** Everything that a check finds, as `severity name: problem -> at start`; notes only when they are asked for. */
export function findingsOf(runtime: { readonly files: MemoryFiles } & SimulatedRuntime, path = "/data"): Finding[] {
  return [...new DataDirectoryCheck(runtime, path, () => false).run()].filter((finding) => finding !== undefined);
}

export function wrong(findings: readonly Finding[]): Finding[] {
  return findings.filter(({ severity }) => severity !== "note");
}

export function severities(findings: readonly Finding[]): Severity[] {
  return [...new Set(wrong(findings).map(({ severity }) => severity))];
}

export function change(runtime: SimulatedRuntime, path: string, action: (file: File) => void): void {
  const file = runtime.files.open(path, "create");
  action(file);
  file.close();
}

export function overwrite(runtime: SimulatedRuntime, path: string, text: string): void {
  change(runtime, path, (file) => {
    file.truncate(0);
    file.write(new TextEncoder().encode(text), 0);
  });
}

export function content(runtime: SimulatedRuntime, path: string): Uint8Array {
  const file = runtime.files.open(path, "read");
  const bytes = new Uint8Array(file.size());
  file.read(bytes, 0);
  file.close();
  return bytes;
}

/** Paths of the files with this suffix in the partition, in order. */
export function filesOf(runtime: SimulatedRuntime, suffix: string): string[] {
  return runtime.files
    .list(PARTITION)
    .map(({ name }) => `${PARTITION}/${name}`)
    .filter((path) => path.endsWith(suffix))
    .sort();
}

export function flipByte(runtime: SimulatedRuntime, path: string, position: number): void {
  const bytes = content(runtime, path);
  bytes[position]! ^= 0x40;
  change(runtime, path, (file) => file.write(bytes, 0));
}

/** Where the log ends after the next start; undefined when the directory can't be used. */
export async function logEndAfterStart(runtime: SimulatedRuntime): Promise<number | undefined> {
  try {
    const manager = await loadManager(runtime);
    const end = manager.get("orders", 0)!.logEndOffset;
    manager.kill();
    return end;
  } catch {
    return undefined;
  }
}
