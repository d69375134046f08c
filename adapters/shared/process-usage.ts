import { readdirSync, readFileSync } from "node:fs";
import process from "node:process";
import type { Usage } from "../../src/runtime.ts";

/** What this process uses of its machine. */
export function processUsage(): Usage {
  const memory = process.memoryUsage();
  const cpu = process.cpuUsage();
  return {
    residentBytes: memory.rss,
    heapBytes: memory.heapUsed,
    userCpuSeconds: cpu.user / 1e6,
    systemCpuSeconds: cpu.system / 1e6,
    openFiles: countOpenFiles(),
    openFilesLimit: readOpenFilesLimit(),
  };
}

function countOpenFiles(): number | undefined {
  try {
    // The listing itself holds one descriptor open.
    return readdirSync("/proc/self/fd").length - 1;
  } catch {
    return undefined;
  }
}

function readOpenFilesLimit(): number | undefined {
  try {
    const soft = /^Max open files +(\d+)/m.exec(readFileSync("/proc/self/limits", "latin1"))?.[1];
    return soft === undefined ? undefined : Number(soft);
  } catch {
    return undefined;
  }
}
