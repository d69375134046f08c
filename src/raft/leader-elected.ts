import type { RaftDriver } from "./raft-driver.ts";

/** Resolves when the metadata quorum has a leader: who asks the controller before that waits for a second attempt. */
export function leaderElected(raft: Pick<RaftDriver, "register">): Promise<void> {
  return new Promise((resolve) => {
    raft.register({
      handleLoadSnapshot() {},
      handleCommit() {},
      handleLeaderChange(leaderId) {
        if (leaderId >= 0) resolve();
      },
    });
  });
}
