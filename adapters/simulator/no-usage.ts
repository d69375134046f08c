import type { Usage } from "../../src/runtime.ts";

/** What a simulated process uses of the real machine: nothing that could be told apart from what the others use. */
export function noUsage(): Usage {
  return {
    residentBytes: 0,
    heapBytes: 0,
    userCpuSeconds: 0,
    systemCpuSeconds: 0,
    openFiles: undefined,
    openFilesLimit: undefined,
  };
}
