import type { SeedResult } from "./seed-process.ts";
import type { SimulationReport } from "./simulation.ts";

/** What a seed needs to count, next to the same hash when it is replayed. */
const MIN_SIMULATED_MS = 600_000;
const MIN_FAULTS = 20;
const MIN_FAULT_KINDS = 5;
const MIN_ACKNOWLEDGED = 5_000;

/** What all seeds of a run have come to. */
export class SimulationTotals {
  passed = 0;
  failed = 0;
  #counted = 0;
  #replayed = 0;
  /** Of all runs, replays included. */
  #simulatedMs = 0;
  #cpuSeconds = 0;
  #records = 0;
  #requests = 0;
  #voterChanges = 0;
  #reassignments = 0;
  readonly #faults = new Map<string, number>();

  add({ report, isReplayed, cpuSeconds }: SeedResult): void {
    this.#cpuSeconds += cpuSeconds;
    if (report === undefined) {
      this.failed++;
      return;
    }
    this.passed++;
    this.#simulatedMs += report.simulatedMs * (isReplayed ? 2 : 1);
    this.#records += report.acknowledgedRecords;
    this.#requests += report.acknowledgedBatches;
    this.#voterChanges += report.voterChanges;
    this.#reassignments += report.reassignments;
    for (const [kind, count] of report.faults) this.#faults.set(kind, (this.#faults.get(kind) ?? 0) + count);
    if (isReplayed) this.#replayed++;
    if (counts(report)) this.#counted++;
  }

  lines(): string[] {
    const hours = this.#simulatedMs / 3_600_000;
    const kinds = [...this.#faults].sort((a, b) => b[1] - a[1]).map(([kind, count]) => `${count} ${kind}`);
    return [
      `${this.#records} records acknowledged in ${this.#requests} requests`,
      `${sum(this.#faults.values())} faults: ${kinds.join(", ")}`,
      `${this.#voterChanges} changes of voters, ${this.#reassignments} reassignments`,
      `${this.#replayed} seeds replayed, with the same hash`,
      `counted ${this.#counted} of ${this.passed + this.failed} seeds (${MIN_SIMULATED_MS / 60_000} simulated minutes, ${MIN_FAULTS} faults of ${MIN_FAULT_KINDS} kinds, ${MIN_ACKNOWLEDGED} acknowledged records), ` +
        `${hours.toFixed(2)} simulated hours, ${(hours / this.#cpuSeconds).toFixed(4)} per CPU second (${this.#cpuSeconds.toFixed(0)} in all)`,
      `${this.passed} passed, ${this.failed} failed`,
    ];
  }
}

export function lineOf({ seed, report, failure, isReplayed, cpuSeconds }: SeedResult): string {
  if (report === undefined) return `seed ${seed} failed: ${failure}`;
  return [
    `seed ${seed} ${report.traceHash}${isReplayed ? " twice" : ""}`,
    `${(report.simulatedMs / 60_000).toFixed(1)} min`,
    `${report.acknowledgedRecords} records in ${report.acknowledgedBatches} requests`,
    `${report.committedOffsets} commits, ${report.generations} generations`,
    `${sum(report.faults.values())} faults of ${report.faults.size} kinds`,
    `${cpuSeconds.toFixed(1)} CPU s`,
    report.scenario,
  ].join(", ");
}

function counts({ simulatedMs, faults, acknowledgedRecords }: SimulationReport): boolean {
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
