/** UpdateRaftVoter (82), version 0, between controllers: a voter tells its new addresses and versions (KIP-853). */
import { updateVoterApi } from "../raft/wire/voter-changes.ts";
import { raftHandler } from "./raft-handler.ts";

export const updateRaftVoter = raftHandler(updateVoterApi);
