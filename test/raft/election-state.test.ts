import { describe, expect, test } from "vitest";
import { formatElectionState, parseElectionState } from "../../src/raft/election-state.ts";
import { VoterSet } from "../../src/raft/voter-set.ts";

const voters = new VoterSet([
  { id: 1, directoryId: "AAAAAAAAAAAAAAAAAAAAAA", endpoints: [], supportedKRaftVersion: { min: 0, max: 1 } },
]);

describe("quorum-state", () => {
  test("is the line Apache Kafka writes for a leader under kraft.version 1", () => {
    expect(formatElectionState({ epoch: 1, leaderId: 1, voted: undefined }, 1, voters)).toBe(
      '{"leaderId":1,"leaderEpoch":1,"votedId":-1,"votedDirectoryId":"AAAAAAAAAAAAAAAAAAAAAA","data_version":1}',
    );
  });

  test("lists the voters under kraft.version 0", () => {
    expect(formatElectionState({ epoch: 2, leaderId: -1, voted: { id: 1, directoryId: "x" } }, 0, voters)).toBe(
      '{"clusterId":"","leaderId":-1,"leaderEpoch":2,"votedId":1,"appliedOffset":0,"currentVoters":[{"voterId":1}],"data_version":0}',
    );
  });

  test.each([0, 1])("reads back what it wrote in version %i", (kraftVersion) => {
    const state = { epoch: 7, leaderId: -1, voted: { id: 3, directoryId: "QR4_zy51Tk2tv0Sa2PllHA" } };
    const read = parseElectionState(formatElectionState(state, kraftVersion, voters));
    expect(read).toEqual(
      kraftVersion === 1 ? state : { ...state, voted: { id: 3, directoryId: "AAAAAAAAAAAAAAAAAAAAAA" } },
    );
  });

  test.each([
    ["nothing", ""],
    ["no object", "3"],
    ["an unknown version", '{"leaderId":1,"leaderEpoch":1,"votedId":-1,"data_version":2}'],
    ["no epoch", '{"leaderId":1,"votedId":-1,"data_version":0}'],
    ["a fraction as epoch", '{"leaderId":1,"leaderEpoch":1.5,"votedId":-1,"data_version":0}'],
  ])("refuses %s", (_, text) => {
    expect(() => parseElectionState(text)).toThrow();
  });
});
