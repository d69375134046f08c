import { expect, test } from "vitest";
import { isProcessGone } from "../../src/client/gone-process.ts";
import type { Connection, Runtime } from "../../src/runtime.ts";

type Outcome = "refused" | "silent" | "accepted";

let dials = 0;

/** A network that answers one dial after the other in these ways, the last way for the rest, and a clock that never waits. */
function networkOf(...outcomes: Outcome[]): Pick<Runtime, "clock" | "network"> {
  dials = 0;
  const connect = async (): Promise<Connection> => {
    dials++;
    const outcome = outcomes.length > 1 ? outcomes.shift() : outcomes[0];
    if (outcome === "accepted") return { reset() {} } as unknown as Connection;
    throw Object.assign(new Error(outcome), { code: outcome === "refused" ? "ECONNREFUSED" : "ETIMEDOUT" });
  };
  const clock = { schedule: (_: number, task: () => void) => void queueMicrotask(task) };
  return { clock, network: { connect } } as unknown as Pick<Runtime, "clock" | "network">;
}

test.each<[isGone: boolean, afterDials: number, does: string, outcomes: Outcome[]]>([
  [true, 2, "refuses two dials in a row", ["refused", "refused"]],
  [true, 3, "accepts one before it refuses", ["accepted", "refused", "refused"]],
  [true, 3, "was not heard in time between two refusals", ["refused", "silent", "refused"]],
  [true, 6, "begins to refuse at last", ["accepted", "accepted", "accepted", "accepted", "refused"]],
  [true, 5, "is hardly ever heard in time", ["silent", "refused", "silent", "silent", "refused"]],
  [false, 5, "refuses once, and is there again", ["refused", "accepted"]],
  [false, 8, "refuses once, and is silent", ["refused", "silent"]],
  [false, 5, "accepts", ["accepted"]],
  [false, 5, "is silent", ["silent"]],
])("whether the process is gone is %s after %i dials when its system %s", async (isGone, afterDials, _, outcomes) => {
  const address = { host: "127.0.0.1", port: 9092 };
  expect(await isProcessGone(networkOf(...outcomes), address)).toBe(isGone);
  expect(dials).toBe(afterDials);
});
