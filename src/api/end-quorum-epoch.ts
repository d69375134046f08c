/** EndQuorumEpoch (54), versions 0-1, between controllers: a leader gives up, and names who should lead next (KIP-595). */
import { endQuorumEpochApi } from "../raft/wire/quorum-epoch.ts";
import { raftHandler } from "./raft-handler.ts";

export const endQuorumEpoch = raftHandler(endQuorumEpochApi);
