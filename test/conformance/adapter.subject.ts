import { setTimeout as sleep } from "node:timers/promises";
import { createRuntime } from "#adapter";
import { MemoryLog } from "../../adapters/simulator/index.ts";
import type { Address } from "../../src/runtime.ts";
import { testDirectory } from "../test-directory.ts";
import { bundledNode, Child } from "./child.ts";
import type { Subject } from "./subject.ts";

/** The adapter of the runtime that runs the tests, on real sockets, files and time. */
export async function createAdapterSubject(): Promise<Subject> {
  const directory = testDirectory("conformance");
  const log = new MemoryLog();
  return {
    runtime: createRuntime({ log }),
    log,
    directory,
    turn: () => sleep(1),
    pass: (delayMs) => sleep(delayMs),
    silentAddress,
  };
}

async function silentAddress(): Promise<Address> {
  const listener = new Child("silent-listener.mjs", [], bundledNode);
  const port = Number(await listener.line());
  await listener.stopped();
  return { host: "127.0.0.1", port };
}
