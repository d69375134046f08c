import type { SeedResult } from "./seed-process.ts";
import type { SimulationReport } from "./simulation.ts";

/** What a seed needs to count, next to the same hash when it is replayed. */
const MIN_SIMULATED_MS = 600_000;
const MIN_FAULTS = 20;
const MIN_FAULT_KINDS = 5;
const MIN_ACKNOWLEDGED = 5_000;

/** What all seeds of a run have come to. */
export class SimulationTotals {
  readonly #reports = new Map<number, SimulationReport>();
  readonly #replayed = new Set<number>();
  readonly #failed = new Set<number>();
  /** Of all runs, replays included. */
  #simulatedMs = 0;
  #cpuSeconds = 0;

  add({ seed, report, isReplay, cpuSeconds }: SeedResult): void {
    this.#cpuSeconds += cpuSeconds;
    if (report === undefined) {
      this.#failed.add(seed);
      return;
    }
    this.#simulatedMs += report.simulatedMs;
    if (isReplay) this.#replayed.add(seed);
    else this.#reports.set(seed, report);
  }

  /** Seeds; one that fails when it is replayed has failed. */
  get passed(): number {
    return [...this.#reports.keys()].filter((seed) => !this.#failed.has(seed)).length;
  }

  get failed(): number {
    return this.#failed.size;
  }

  lines(): string[] {
    const reports = [...this.#reports.values()];
    const hours = this.#simulatedMs / 3_600_000;
    const total = (count: (report: SimulationReport) => number) => sum(reports.map(count));
    const enough = reports.filter(isEnough);
    return [
      `${total((report) => report.acknowledgedRecords)} records acknowledged in ${total((report) => report.acknowledgedBatches)} requests`,
      `${total(({ faults }) => sum(faults.values()))} faults: ${kindsOf(reports)}`,
      `${total((report) => report.voterChanges)} changes of voters, ${total((report) => report.reassignments)} reassignments, ${total((report) => report.moves)} moves to other log directories, ${total((report) => report.churnedTopics)} topics created and deleted`,
      `${enough.length} of ${reports.length} seeds had ${MIN_SIMULATED_MS / 60_000} simulated minutes, ${MIN_FAULTS} faults of ${MIN_FAULT_KINDS} kinds and ${MIN_ACKNOWLEDGED} acknowledged records; ` +
        `${enough.filter(({ seed }) => this.#replayed.has(seed)).length} of these were replayed, with the same hash`,
      `${hours.toFixed(2)} simulated hours, ${(hours / this.#cpuSeconds).toFixed(4)} per CPU second (${this.#cpuSeconds.toFixed(0)} in all)`,
      `${this.passed} passed, ${this.failed} failed`,
    ];
  }
}

/** The most frequent first. */
function kindsOf(reports: readonly SimulationReport[]): string {
  const counts = new Map<string, number>();
  for (const [kind, count] of reports.flatMap(({ faults }) => [...faults])) {
    counts.set(kind, (counts.get(kind) ?? 0) + count);
  }
  return [...counts]
    .sort((a, b) => b[1] - a[1])
    .map(([kind, count]) => `${count} ${kind}`)
    .join(", ");
}

export function lineOf({ seed, report, failure, isReplay, cpuSeconds }: SeedResult): string {
  if (report === undefined) return `seed ${seed} failed: ${failure}`;
  return [
    `seed ${seed} ${report.traceHash}${isReplay ? " again" : ""}`,
    `${(report.simulatedMs / 60_000).toFixed(1)} min`,
    `${report.acknowledgedRecords} records in ${report.acknowledgedBatches} requests`,
    `${report.committedOffsets} commits, ${report.generations} generations`,
    `${sum(report.faults.values())} faults of ${report.faults.size} kinds`,
    `${cpuSeconds.toFixed(1)} CPU s`,
    report.scenario,
  ].join(", ");
}

/** To count, when its replay has the same hash. */
function isEnough({ simulatedMs, faults, acknowledgedRecords }: SimulationReport): boolean {
  return (
    simulatedMs >= MIN_SIMULATED_MS &&
    sum(faults.values()) >= MIN_FAULTS &&
    faults.size >= MIN_FAULT_KINDS &&
    acknowledgedRecords >= MIN_ACKNOWLEDGED
  );
}

function sum(numbers: Iterable<number>): number {
  let total = 0;
  for (const number of numbers) total += number;
  return total;
}
