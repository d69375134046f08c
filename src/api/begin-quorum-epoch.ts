/** BeginQuorumEpoch (53), versions 0-1, between controllers: a new leader makes itself known (KIP-595). */
import { beginQuorumEpochApi } from "../raft/wire/quorum-epoch.ts";
import { raftHandler } from "./raft-handler.ts";

export const beginQuorumEpoch = raftHandler(beginQuorumEpochApi);
