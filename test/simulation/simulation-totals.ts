import type { SimulationReport } from "./simulation.ts";

const MIN_SIMULATED_MS = 600_000;
const MIN_FAULTS = 20;
const MIN_FAULT_KINDS = 5;
const MIN_ACKNOWLEDGED = 5_000;

/** What all seeds of a run have come to. */
export class SimulationTotals {
  passed = 0;
  failed = 0;
  #counting = 0;
  #simulatedMs = 0;
  #records = 0;
  #requests = 0;
  #faults = 0;

  add(report: SimulationReport): void {
    this.passed++;
    this.#simulatedMs += report.simulatedMs;
    this.#records += report.acknowledgedRecords;
    this.#requests += report.acknowledgedBatches;
    this.#faults += faultCount(report);
    if (counts(report)) this.#counting++;
  }

  /** `runs` is how often each seed was simulated. */
  lines(cpuSeconds: number, runs: number): string[] {
    const hours = this.#simulatedMs / 3_600_000;
    return [
      `${this.#records} records acknowledged in ${this.#requests} requests, ${this.#faults} faults, ${hours.toFixed(2)} simulated hours`,
      `${((hours * runs) / cpuSeconds).toFixed(4)} simulated hours per CPU second, ${cpuSeconds.toFixed(0)} CPU seconds`,
      `${this.#counting} seeds had 10 simulated minutes, ${MIN_FAULTS} faults of ${MIN_FAULT_KINDS} kinds and ${MIN_ACKNOWLEDGED} acknowledged records`,
      `${this.passed} passed, ${this.failed} failed`,
    ];
  }
}

export function lineOf(report: SimulationReport, cpuSeconds: number): string {
  const minutes = (report.simulatedMs / 60_000).toFixed(1);
  return [
    `seed ${report.seed} ${report.traceHash}`,
    `${minutes} min`,
    `${report.acknowledgedRecords} records in ${report.acknowledgedBatches} requests`,
    `${report.committedOffsets} commits`,
    `${faultCount(report)} faults of ${report.faults.size} kinds`,
    `${cpuSeconds.toFixed(1)} CPU s`,
    report.scenario,
  ].join(", ");
}

function faultCount({ faults }: SimulationReport): number {
  return [...faults.values()].reduce((total, count) => total + count, 0);
}

function counts(report: SimulationReport): boolean {
  return (
    report.simulatedMs >= MIN_SIMULATED_MS &&
    faultCount(report) >= MIN_FAULTS &&
    report.faults.size >= MIN_FAULT_KINDS &&
    report.acknowledgedRecords >= MIN_ACKNOWLEDGED
  );
}
