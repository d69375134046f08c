import { uuidFromBytes } from "../../src/protocol/uuid.ts";
import type { VoterNode } from "../../src/raft/voter-set.ts";

/** A controller as a voter of the quorum, with a directory id that is always the same. */
export function voterNode(id: number, host: string, port: number): VoterNode {
  const bytes = new Uint8Array(16);
  bytes[0] = 7;
  bytes[15] = id;
  return {
    id,
    directoryId: uuidFromBytes(bytes),
    endpoints: [{ name: "CONTROLLER", host, port }],
    supportedKRaftVersion: { min: 0, max: 1 },
  };
}
