/**
 * Fetch (1) on a controller's listener, versions 4-18: replicates the metadata log (KIP-595). Waits for records, and from
 * version 18 on for a higher high watermark too (KIP-1166).
 */
import { encodeFetchResponse, fetchApi } from "../raft/wire/fetch.ts";
import { raftHandler } from "./raft-handler.ts";

export const fetchMetadataLog = raftHandler(fetchApi, ({ response, bytes }, listenerName, version) =>
  encodeFetchResponse(response, bytes, listenerName, version),
);
