import { isProcessGone } from "../client/gone-process.ts";
import type { Cancel, Runtime } from "../runtime.ts";
import { endpointNamed, type ReplicaKey, type VoterSet } from "./voter-set.ts";

export interface MajorityWatchOptions {
  readonly runtime: Pick<Runtime, "clock" | "network">;
  readonly local: ReplicaKey;
  /** Whether this node can still help somebody to lead, if it is a voter. */
  readonly countsLocal: boolean;
  readonly listenerName: string;
  readonly voters: () => VoterSet;
}

const LOOK_INTERVAL_MS = 100;

/**
 * Calls back once when the processes of so many voters are gone that nobody can lead: a node that stops would wait in vain.
 * Voters that are only silent are not taken for gone.
 */
export function watchMajority(options: MajorityWatchOptions, onGone: () => void): Cancel {
  const { clock } = options.runtime;
  let isCancelled = false;
  let cancelLook: Cancel = () => {};
  const look = async () => {
    const isLeft = await isMajorityLeft(options);
    if (isCancelled) return;
    if (isLeft) cancelLook = clock.schedule(LOOK_INTERVAL_MS, look);
    else onGone();
  };
  void look();
  return () => {
    isCancelled = true;
    cancelLook();
  };
}

async function isMajorityLeft({ runtime, local, countsLocal, listenerName, voters }: MajorityWatchOptions) {
  const { ids } = voters();
  const others = ids.filter((id) => id !== local.id);
  const areGone = await Promise.all(
    others.map((id) => {
      const endpoint = endpointNamed(voters().endpointsOf(id), listenerName);
      return endpoint !== undefined && isProcessGone(runtime, endpoint);
    }),
  );
  const left = areGone.filter((isGone) => !isGone).length + (countsLocal && voters().isVoter(local) ? 1 : 0);
  return left >= voters().majority();
}
