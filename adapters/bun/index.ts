import type { Runtime } from "../../src/runtime.ts";
import { createSystemRuntime } from "../shared/create-runtime.ts";
import type { EmbeddedBroker, EmbeddedBrokerOptions } from "../shared/embedded-broker.ts";
import type { RuntimeOptions } from "../shared/runtime-options.ts";
import { foreignFunctions } from "./foreign-functions.ts";
import { createNetwork } from "./network.ts";
import { createCallThreads, createWorkers } from "./workers.ts";

export type { EmbeddedBroker, EmbeddedBrokerOptions } from "../shared/embedded-broker.ts";

export const name = "bun";

/** All brokers of the process share them. */
const workers = createWorkers();
const callThreads = createCallThreads();

export function createRuntime(options?: RuntimeOptions): Runtime {
  return createSystemRuntime(
    { name, createNetwork, afterPoll, foreignFunctions, fillRandom, workers, callThreads },
    options,
  );
}

/** Starts a broker in this process: on disk with `dataDirectory`, else in memory. */
export async function startBroker(options: EmbeddedBrokerOptions = {}): Promise<EmbeddedBroker> {
  // Loaded when it is needed: the runtime alone is all that most commands want.
  const { startEmbeddedBroker } = await import("../shared/embedded-broker.ts");
  return startEmbeddedBroker(createRuntime, options);
}

/** Bun's immediates run in front of the poll: the second one is behind it. */
function afterPoll(task: () => void): void {
  setImmediate(() => setImmediate(task));
}

function fillRandom(bytes: Uint8Array<ArrayBuffer>): void {
  crypto.getRandomValues(bytes);
}
