import type { Address, Runtime } from "../runtime.ts";

/** The files of a dying process are closed one by one: its listener may outlive its connections for a moment. */
const FIRST_DIAL_DELAY_MS = 50;
const BETWEEN_DIALS_MS = 200;
const REFUSALS_NEEDED = 2;
const MOST_DIALS = 5;
/** For one that has refused once. */
const MOST_DIALS_IN_DOUBT = 8;
/** A refusal comes at once, but this process may get to hear of it late. */
const DIAL_TIMEOUT_MS = 1_000;

/**
 * Whether the process behind a connection that has just broken is gone: the system refuses to connect to its listener twice,
 * and never accepts in between. A peer that is only slow, stopped, or behind a broken network does not refuse, and is not taken for gone.
 */
export async function isProcessGone(
  { clock, network }: Pick<Runtime, "clock" | "network">,
  address: Address,
): Promise<boolean> {
  const pause = (delayMs: number) => new Promise<void>((resolve) => clock.schedule(delayMs, resolve));
  await pause(FIRST_DIAL_DELAY_MS);
  let refusals = 0;
  for (let dials = 0; dials < (refusals > 0 ? MOST_DIALS_IN_DOUBT : MOST_DIALS); dials++) {
    if (dials > 0) await pause(BETWEEN_DIALS_MS);
    const outcome = await dial(network, address);
    // What was not heard in time says nothing: this process may have been too busy itself.
    if (outcome === "refused") refusals++;
    else if (outcome === "accepted") refusals = 0;
    if (refusals === REFUSALS_NEEDED) return true;
  }
  return false;
}

async function dial(network: Runtime["network"], address: Address): Promise<"refused" | "accepted" | "silent"> {
  try {
    const connection = await network.connect(address, { timeoutMs: DIAL_TIMEOUT_MS }, () => IGNORING);
    connection.reset();
    return "accepted";
  } catch (error) {
    return (error as { code?: string }).code === "ECONNREFUSED" ? "refused" : "silent";
  }
}

const IGNORING = { received() {}, drained() {}, ended() {}, closed() {} };
