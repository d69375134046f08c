import type { ReplicaKey, VoterSet } from "./voter-set.ts";

/** What must survive a restart so that a node never votes twice in an epoch: the content of the `quorum-state` file. */
export interface ElectionState {
  readonly epoch: number;
  /** -1: no leader known in this epoch. */
  readonly leaderId: number;
  readonly voted: ReplicaKey | undefined;
}

export const QUORUM_STATE_FILE = "quorum-state";

const ZERO_DIRECTORY = "AAAAAAAAAAAAAAAAAAAAAA";

/** One line of JSON, in Kafka's order of keys. Version 1 belongs to kraft.version 1, version 0 to static quorums. */
export function formatElectionState(state: ElectionState, kraftVersion: number, voters: VoterSet): string {
  if (kraftVersion > 0) {
    return JSON.stringify({
      leaderId: state.leaderId,
      leaderEpoch: state.epoch,
      votedId: state.voted?.id ?? -1,
      votedDirectoryId: state.voted?.directoryId ?? ZERO_DIRECTORY,
      data_version: 1,
    });
  }
  return JSON.stringify({
    clusterId: "",
    leaderId: state.leaderId,
    leaderEpoch: state.epoch,
    votedId: state.voted?.id ?? -1,
    appliedOffset: 0,
    currentVoters: voters.voters.map((voter) => ({ voterId: voter.id })),
    data_version: 0,
  });
}

/** Throws when the text is not a quorum-state of a known version: guessing an epoch could elect two leaders. */
export function parseElectionState(text: string): ElectionState {
  const data: unknown = JSON.parse(text.split("\n", 1)[0] ?? "");
  if (typeof data !== "object" || data === null) throw new Error("quorum-state is not a JSON object");
  const fields = data as Record<string, unknown>;
  const version = fields.data_version;
  if (version !== 0 && version !== 1) throw new Error(`quorum-state has an unknown data_version: ${version}`);
  const votedId = integer(fields, "votedId");
  const directoryId = version === 1 ? fields.votedDirectoryId : ZERO_DIRECTORY;
  if (typeof directoryId !== "string") throw new Error("quorum-state has no votedDirectoryId");
  return {
    epoch: integer(fields, "leaderEpoch"),
    leaderId: integer(fields, "leaderId"),
    voted: votedId === -1 ? undefined : { id: votedId, directoryId },
  };
}

function integer(fields: Record<string, unknown>, name: string): number {
  const value = fields[name];
  if (typeof value !== "number" || !Number.isInteger(value)) throw new Error(`quorum-state has no integer ${name}`);
  return value;
}
