import type { BrokerUnderTest } from "../../test/clients/broker-under-test.ts";

/** What is measured of a workload. */
export type Figure =
  | "MB/s"
  | "records/s"
  | "broker CPU s/GB"
  | "p50 alone, ms"
  | "p99 alone, ms"
  | "p50, ms"
  | "p99, ms"
  | "p99.9, ms"
  | "idle timer, ms"
  | "peak RSS, MB"
  | "ms"
  | "RSS, MB";

export type Figures = ReadonlyMap<Figure, number>;

/** As a ratio to Apache Kafka: what the best runtime, and what every runtime is to reach. */
export interface Goal {
  readonly best: number;
  readonly every: number;
}

export interface Workload {
  /** As in `--workloads`. */
  readonly id: string;
  readonly title: string;
  readonly goals: ReadonlyMap<Figure, Goal>;
  /** Data that one run moves: as much scratch is written before it. */
  readonly bytes: number;
  /** A broker that runs and has been warmed up; or one that has run, and is not running. */
  readonly needs?: "running" | "stopped";
  /** Rejects when what was written is not what is read back. */
  run(broker: BrokerUnderTest): Promise<Figures>;
  /** The load generator by itself. Only workloads that are about throughput have a ceiling. */
  runAgainstSink?(host: string, port: number): Promise<Figures>;
}

/** More is better for these, less for all others. */
export function moreIsBetter(figure: Figure): boolean {
  return figure === "MB/s" || figure === "records/s";
}
