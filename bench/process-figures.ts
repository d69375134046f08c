import { readFileSync, writeFileSync } from "node:fs";

/** Clock ticks a second in /proc, the same on every Linux of today. */
const ticksPerSecond = 100;

/** User and system time of a process with all its threads. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

export function residentMegabytes(pid: number): number {
  return statusMegabytes(pid, "VmRSS");
}

/** Since the start of the process, or since {@link forgetPeak}. */
export function peakResidentMegabytes(pid: number): number {
  return statusMegabytes(pid, "VmHWM");
}

/** See proc(5), clear_refs. */
export function forgetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, "5");
}

function statusMegabytes(pid: number, field: string): number {
  const [, kilobytes] = new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(readFileSync(`/proc/${pid}/status`, "utf8"))!;
  return Number(kilobytes) / 1024;
}
