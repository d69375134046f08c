import type { Runtime } from "../../src/runtime.ts";
import { createSystemRuntime, type RuntimeOptions } from "../shared/create-runtime.ts";
import { loadTryLock } from "./libc.ts";
import { createNetwork } from "./network.ts";
import { PollTurns } from "./poll-turns.ts";

export const name = "deno";

export function createRuntime(options?: RuntimeOptions): Runtime {
  const turns = new PollTurns();
  return createSystemRuntime({ name, createNetwork, afterPoll: (task) => turns.run(task), loadTryLock }, options);
}
