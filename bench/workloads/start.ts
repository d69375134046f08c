import { setTimeout as delay } from "node:timers/promises";
import { residentMegabytes } from "../process-figures.ts";
import type { Workload } from "./workload.ts";

const idleMs = 3_000;

/** From the exec of the runtime to the first answer to Metadata, of a node that has run before, and what it then occupies. */
export function startWorkload(): Workload {
  return {
    id: "start",
    title: "start to the first Metadata, and idle after it",
    bytes: 0,
    needs: "stopped",
    goals: new Map([
      ["ms", { best: 0.05, every: 0.1 }],
      ["RSS, MB", { best: 0.15, every: 0.25 }],
    ]),
    run: async (broker) => {
      await broker.start();
      try {
        await delay(idleMs);
        return new Map([
          ["ms", broker.readyAfterMs],
          ["RSS, MB", residentMegabytes(broker.pid)],
        ]);
      } finally {
        await broker.stop();
      }
    },
  };
}
