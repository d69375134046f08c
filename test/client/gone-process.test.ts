import { expect, test } from "vitest";
import { isProcessGone } from "../../src/client/gone-process.ts";
import type { Connection, Runtime } from "../../src/runtime.ts";

type Outcome = "refused" | "silent" | "accepted";

/** A network that answers one dial after the other in these ways, the last way for the rest, and a clock that never waits. */
function networkOf(...outcomes: Outcome[]): Pick<Runtime, "clock" | "network"> {
  const connect = async (): Promise<Connection> => {
    const outcome = outcomes.length > 1 ? outcomes.shift() : outcomes[0];
    if (outcome === "accepted") return { reset() {} } as unknown as Connection;
    throw Object.assign(new Error(outcome), { code: outcome === "refused" ? "ECONNREFUSED" : "ETIMEDOUT" });
  };
  const clock = { schedule: (_: number, task: () => void) => void queueMicrotask(task) };
  return { clock, network: { connect } } as unknown as Pick<Runtime, "clock" | "network">;
}

test.each<[isGone: boolean, does: string, outcomes: Outcome[]]>([
  [true, "refuses two dials in a row", ["refused", "refused"]],
  [true, "accepts one before it refuses", ["accepted", "refused", "refused"]],
  [true, "was not heard in time, and then refuses", ["refused", "silent", "refused", "refused"]],
  [false, "refuses once, and is there again", ["refused", "accepted"]],
  [false, "accepts", ["accepted"]],
  [false, "is silent", ["silent"]],
])("whether the process is gone is %s when its system %s", async (isGone, _, outcomes) => {
  const address = { host: "127.0.0.1", port: 9092 };
  expect(await isProcessGone(networkOf(...outcomes), address)).toBe(isGone);
});
