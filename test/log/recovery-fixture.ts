import type { SimulatedRuntime } from "../../adapters/simulator/index.ts";
import type { Log } from "../../src/log/log.ts";
import { append, createLog, logConfig, readAll, START_MS, values } from "./log-fixture.ts";

export const config = logConfig({ "segment.bytes": 2_000, "index.interval.bytes": 300 });
export const directory = "/data/orders-0";
export const firstSegment = `${directory}/00000000000000000000`;

export function filledLog(runtime: SimulatedRuntime, batches = 50): Log {
  const log = createLog(runtime, config);
  for (let index = 0; index < batches; index++) {
    append(log, [`${index}`.padEnd(80)], {
      timestamp: START_MS + index,
      producerId: 7,
      producerEpoch: 0,
      baseSequence: index,
    });
  }
  return log;
}

export const expected = (count: number) => Array.from({ length: count }, (_, index) => `${index}`);
export const trimmed = (log: Log) => values(readAll(log)).map((value) => value!.trim());

export function content(runtime: SimulatedRuntime, path: string): Uint8Array {
  const file = runtime.files.open(path, "read");
  const bytes = new Uint8Array(file.size());
  file.read(bytes, 0);
  file.close();
  return bytes;
}

export function change(
  runtime: SimulatedRuntime,
  path: string,
  action: (file: ReturnType<typeof runtime.files.open>) => void,
): void {
  const file = runtime.files.open(path, "write");
  action(file);
  file.close();
}
