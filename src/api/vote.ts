/** Vote (52), versions 0-2, between controllers: asks for a vote, or whether it would be given (KIP-595, KIP-996). */
import { voteApi } from "../raft/wire/vote.ts";
import { raftHandler } from "./raft-handler.ts";

export const vote = raftHandler(voteApi);
