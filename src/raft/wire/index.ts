/** Every request that replicas of the metadata log send each other, by its domain type. */
import type { Message } from "../../protocol/schema.ts";
import type { RaftRequest } from "../raft-message.ts";
import { fetchApi } from "./fetch.ts";
import { fetchSnapshotApi } from "./fetch-snapshot.ts";
import { beginQuorumEpochApi, endQuorumEpochApi } from "./quorum-epoch.ts";
import type { RaftApi } from "./raft-api.ts";
import { voteApi } from "./vote.ts";
import { addVoterApi, removeVoterApi, updateVoterApi } from "./voter-changes.ts";

const apis = {
  vote: voteApi,
  beginQuorumEpoch: beginQuorumEpochApi,
  endQuorumEpoch: endQuorumEpochApi,
  fetch: fetchApi,
  fetchSnapshot: fetchSnapshotApi,
  addVoter: addVoterApi,
  removeVoter: removeVoterApi,
  updateVoter: updateVoterApi,
};

/** ApiVersions has no entry: it is no request to the metadata log. */
export function raftApiOf(type: Exclude<RaftRequest["type"], "apiVersions">): RaftApi<Message, Message, RaftRequest> {
  return apis[type] as unknown as RaftApi<Message, Message, RaftRequest>;
}
