import type { Runtime } from "../../src/runtime.ts";
import { createSystemRuntime } from "../shared/create-runtime.ts";
import type { EmbeddedBroker, EmbeddedBrokerOptions } from "../shared/embedded-broker.ts";
import type { RuntimeOptions } from "../shared/runtime-options.ts";
import { createLookups } from "./file-lookups.ts";
import { foreignFunctions } from "./foreign-functions.ts";
import { createNetwork } from "./network.ts";
import { PollTurns } from "./poll-turns.ts";
import { createCallThreads, createWorkers } from "./workers.ts";
import { createWriteInThread } from "./write-in-thread.ts";

export type { EmbeddedBroker, EmbeddedBrokerOptions } from "../shared/embedded-broker.ts";

export const name = "deno";

/** All brokers of the process share them. */
const workers = createWorkers();
const callThreads = createCallThreads();
/** Two sockets, once there is need of them: they stay. */
const turns = new PollTurns();

export function createRuntime(options?: RuntimeOptions): Runtime {
  return createSystemRuntime(
    {
      name,
      createNetwork,
      afterPoll: (task) => turns.run(task),
      foreignFunctions,
      fillRandom,
      workers,
      callThreads,
      createLookups,
      createWriteInThread,
    },
    options,
  );
}

/** Starts a broker in this process: on disk with `dataDirectory`, else in memory. */
export async function startBroker(options: EmbeddedBrokerOptions = {}): Promise<EmbeddedBroker> {
  // Loaded when it is needed: the runtime alone is all that most commands want.
  const { startEmbeddedBroker } = await import("../shared/embedded-broker.ts");
  return startEmbeddedBroker(createRuntime, options);
}

function fillRandom(bytes: Uint8Array<ArrayBuffer>): void {
  crypto.getRandomValues(bytes);
}
