import type { Runtime } from "../../src/runtime.ts";
import { createSystemRuntime, type RuntimeOptions } from "../shared/create-runtime.ts";
import { loadTryLock } from "./libc.ts";
import { createNetwork } from "./network.ts";

export const name = "deno";

export function createRuntime(options?: RuntimeOptions): Runtime {
  return createSystemRuntime({ name, createNetwork, loadTryLock }, options);
}
