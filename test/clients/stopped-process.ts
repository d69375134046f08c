import { readdirSync, readFileSync } from "node:fs";
import { expect, vi } from "vitest";
import { soon } from "../patience.ts";

/** Resolves when no thread of a process does anything any more, after SIGSTOP. One that waits for a disk stops when that answers. */
export async function untilStopped(pid: number): Promise<void> {
  const tasks = `/proc/${pid}/task`;
  const states = () => readdirSync(tasks).map((task) => stateOf(readFileSync(`${tasks}/${task}/stat`, "latin1")));
  await vi.waitFor(() => expect(new Set(states())).toEqual(new Set(["T"])), soon);
}

/** The letter of proc_pid_stat(5), behind the program's name. */
function stateOf(stat: string): string {
  return stat.charAt(stat.lastIndexOf(")") + 2);
}
