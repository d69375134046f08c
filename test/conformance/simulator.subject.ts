import { createSimulatedRuntime } from "../../adapters/simulator/index.ts";
import type { Subject } from "./subject.ts";

/** A computer in memory; its time goes on only while a test waits. */
export async function createSimulatorSubject(): Promise<Subject> {
  const runtime = createSimulatedRuntime({ seed: 7 });
  const directory = "/conformance";
  runtime.files.makeDirectory(directory);
  return {
    runtime,
    log: runtime.log,
    directory,
    turn: () => runtime.clock.advanceWithPromises(1),
    pass: (delayMs) => runtime.clock.advanceWithPromises(delayMs),
    async silentAddress() {
      runtime.network.silence(9);
      return { host: "127.0.0.1", port: 9 };
    },
  };
}
