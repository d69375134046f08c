import process from "node:process";
import { setImmediate } from "node:timers";
import type { Runtime } from "../../src/runtime.ts";
import { createSystemRuntime } from "../shared/create-runtime.ts";
import type { EmbeddedBroker, EmbeddedBrokerOptions } from "../shared/embedded-broker.ts";
import type { RuntimeOptions } from "../shared/runtime-options.ts";
import { foreignFunctions } from "./foreign-functions.ts";
import { createNetwork } from "./network.ts";
import { fillRandom } from "./random.ts";
import { createCallThreads, createWorkers } from "./workers.ts";

export type { EmbeddedBroker, EmbeddedBrokerOptions } from "../shared/embedded-broker.ts";

export const name = "node";

/** All brokers of the process share them. */
const workers = createWorkers();
const callThreads = createCallThreads();

export function createRuntime(options?: RuntimeOptions): Runtime {
  return createSystemRuntime(
    { name, createNetwork, afterPoll, elapsed, foreignFunctions, fillRandom, workers, callThreads },
    options,
  );
}

/** Starts a broker in this process: on disk with `dataDirectory`, else in memory. */
export async function startBroker(options: EmbeddedBrokerOptions = {}): Promise<EmbeddedBroker> {
  // Loaded when it is needed: the runtime alone is all that most commands want.
  const { startEmbeddedBroker } = await import("../shared/embedded-broker.ts");
  return startEmbeddedBroker(createRuntime, options);
}

/** An immediate runs behind the poll, but that of an input callback behind the same poll: the second one is behind the next. */
function afterPoll(task: () => void): void {
  setImmediate(() => setImmediate(task));
}

/** Node takes longer to load `performance` than a start can tell the time by it. */
function elapsed(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e3 + nanoseconds / 1e6;
}
