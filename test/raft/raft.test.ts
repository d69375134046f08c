import { describe, expect, test } from "vitest";
import type { ElectionState } from "../../src/raft/election-state.ts";
import { Raft, type RaftEffect, type RaftOptions } from "../../src/raft/raft.ts";
import { type VoterNode, VoterSet } from "../../src/raft/voter-set.ts";

const DIRECTORY = "AAAAAAAAAAAAAAAAAAAADA";

function voter(id = 1, port = 9093): VoterNode {
  return {
    id,
    directoryId: DIRECTORY,
    endpoints: [{ name: "CONTROLLER", host: "127.0.0.1", port }],
    supportedKRaftVersion: { min: 0, max: 1 },
  };
}

function raft(options: Partial<RaftOptions> = {}): Raft {
  return new Raft({
    local: voter(),
    quorum: { voters: new VoterSet([voter()]), votersOffset: undefined, kraftVersion: 1 },
    electionState: undefined,
    logEndOffset: 0,
    lastEpoch: 0,
    ...options,
  });
}

/** Starts, lets the disk answer every persist, and gives all effects in order. */
function elect(instance: Raft): RaftEffect[] {
  const performed: RaftEffect[] = [];
  const queue = instance.step({ type: "started" });
  for (let effect = queue.shift(); effect !== undefined; effect = queue.shift()) {
    performed.push(effect);
    if (effect.type === "persist") queue.push(...instance.step({ type: "persisted", state: effect.state }));
  }
  return performed;
}

describe("a quorum of one voter", () => {
  test("votes for itself, and leads only when its vote is on disk", () => {
    const instance = raft();
    const vote: ElectionState = { epoch: 1, leaderId: -1, voted: { id: 1, directoryId: DIRECTORY } };
    expect(instance.step({ type: "started" })).toEqual([{ type: "persist", state: vote }]);
    expect(instance.role.name).toBe("candidate");
    expect(instance.leaderId).toBe(-1);
    const effects = instance.step({ type: "persisted", state: vote });
    expect(effects.map((effect) => effect.type)).toEqual(["persist", "appendControl", "leader"]);
    expect(effects[0]).toEqual({ type: "persist", state: { epoch: 1, leaderId: 1, voted: undefined } });
    expect(instance.leaderId).toBe(1);
  });

  test("the first epoch starts with the version and the voters of the bootstrap snapshot", () => {
    expect(elect(raft())[2]).toEqual({
      type: "appendControl",
      epoch: 1,
      records: [
        { type: "leaderChange", leaderId: 1, voters: [1], grantingVoters: [1] },
        { type: "kraftVersion", kraftVersion: 1 },
        { type: "voters", voters: [voter()] },
      ],
    });
  });

  test.each([
    ["the log already holds the voters", voter(), 1, 7],
    ["the quorum is static", voter(), 0, undefined],
  ])("an epoch starts with the leader change alone when %s", (_, known, kraftVersion, votersOffset) => {
    const effects = elect(raft({ quorum: { voters: new VoterSet([known]), votersOffset, kraftVersion } }));
    expect(effects[2]).toMatchObject({ records: [{ type: "leaderChange" }] });
    expect(effects[2]).toHaveProperty("records.length", 1);
  });

  test("writes the voters again when its own endpoint has changed", () => {
    const quorum = { voters: new VoterSet([voter(1, 9000)]), votersOffset: 2, kraftVersion: 1 };
    expect(elect(raft({ quorum }))[2]).toMatchObject({
      records: [{ type: "leaderChange" }, { type: "kraftVersion" }, { type: "voters", voters: [voter(1, 9093)] }],
    });
  });

  test("leads in an epoch above both the quorum-state and the log", () => {
    const state = { epoch: 5, leaderId: 1, voted: undefined };
    const fromState = raft({ electionState: state, lastEpoch: 4 });
    expect(fromState.role.name).toBe("resigned");
    elect(fromState);
    expect(fromState.epoch).toBe(6);
    const fromLog = raft({ electionState: state, lastEpoch: 9 });
    elect(fromLog);
    expect(fromLog.epoch).toBe(10);
  });

  test("commits nothing of earlier epochs before a record of its own epoch is on disk", () => {
    const instance = raft({ logEndOffset: 10, lastEpoch: 3 });
    elect(instance);
    instance.appended(13);
    expect(instance.step({ type: "flushed", endOffset: 10 })).toEqual([]);
    expect(instance.highWatermark).toBeUndefined();
    expect(instance.step({ type: "flushed", endOffset: 13 })).toEqual([{ type: "commit", offset: 13 }]);
    expect(instance.step({ type: "flushed", endOffset: 13 })).toEqual([]);
    expect(instance.highWatermark).toBe(13);
  });

  test("a leader that stops says that nobody leads, and ignores what is flushed later", () => {
    const instance = raft();
    elect(instance);
    expect(instance.step({ type: "stopping" })).toEqual([{ type: "leader", leaderId: -1, epoch: 1 }]);
    expect(instance.step({ type: "flushed", endOffset: 3 })).toEqual([]);
    expect(instance.leaderId).toBe(-1);
  });
});

describe("a node that is not the only voter", () => {
  test("does not elect itself", () => {
    const quorum = { voters: new VoterSet([voter(1), voter(2)]), votersOffset: 0, kraftVersion: 1 };
    expect(raft({ quorum }).step({ type: "started" })).toEqual([]);
  });

  test("is an observer when the voter set names another directory of its id", () => {
    const other = { ...voter(), directoryId: "AAAAAAAAAAAAAAAAAAAADQ" };
    const quorum = { voters: new VoterSet([other]), votersOffset: 0, kraftVersion: 1 };
    expect(raft({ quorum }).step({ type: "started" })).toEqual([]);
  });
});
