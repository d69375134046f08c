/** FetchSnapshot (59), versions 0-1, between nodes: a piece of a metadata snapshot, cut anywhere (KIP-630). */
import { encodeFetchSnapshotResponse, fetchSnapshotApi } from "../raft/wire/fetch-snapshot.ts";
import { raftHandler } from "./raft-handler.ts";

export const fetchSnapshot = raftHandler(fetchSnapshotApi, ({ response, bytes }, listenerName, version) =>
  encodeFetchSnapshotResponse(response, bytes, listenerName, version),
);
