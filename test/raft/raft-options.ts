import type { RaftDriverOptions, RaftRuntime } from "../../src/raft/raft-driver.ts";
import type { RaftTimeouts } from "../../src/raft/raft-options.ts";
import type { VoterNode } from "../../src/raft/voter-set.ts";

export const CLUSTER_ID = "5L6g3nShT-eMCtK--X86sw";

/** Kafka's defaults. */
export const TIMEOUTS: RaftTimeouts = {
  electionTimeoutMs: 1000,
  electionBackoffMaxMs: 1000,
  fetchTimeoutMs: 2000,
  requestTimeoutMs: 2000,
  retryBackoffMs: 20,
  fetchMaxBytes: 1024 * 1024,
  fetchSnapshotMaxBytes: 1024 * 1024,
};

export const LISTENER = "CONTROLLER";

/** What a controller with its data in /data is started with. */
export function driverOptions(
  runtime: RaftRuntime,
  local: VoterNode,
  others: Partial<RaftDriverOptions> = {},
): RaftDriverOptions {
  return {
    runtime,
    clusterId: CLUSTER_ID,
    metadataLogDir: "/data",
    local,
    listenerName: LISTENER,
    canBecomeVoter: true,
    timeouts: TIMEOUTS,
    lingerMs: 25,
    ...others,
  };
}
