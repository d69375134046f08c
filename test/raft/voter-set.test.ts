import { describe, expect, test } from "vitest";
import { type VoterNode, VoterSet } from "../../src/raft/voter-set.ts";

const DIRECTORY = "QR4_zy51Tk2tv0Sa2PllHA";
const OTHER_DIRECTORY = "AAAAAAAAAAAAAAAAAAAADA";
const UNKNOWN_DIRECTORY = "AAAAAAAAAAAAAAAAAAAAAA";

function voters(...keys: [id: number, directoryId: string][]): VoterSet {
  const node = ([id, directoryId]: [number, string]): VoterNode => ({
    id,
    directoryId,
    endpoints: [],
    supportedKRaftVersion: { min: 0, max: 1 },
  });
  return new VoterSet(keys.map(node));
}

describe("a voter", () => {
  test("is known by its id and its directory", () => {
    const set = voters([1, DIRECTORY]);
    expect(set.isVoter({ id: 1, directoryId: DIRECTORY })).toBe(true);
    expect(set.isVoter({ id: 1, directoryId: OTHER_DIRECTORY })).toBe(false);
    expect(set.isVoter({ id: 2, directoryId: DIRECTORY })).toBe(false);
  });

  test("of a static quorum is known by its id alone", () => {
    expect(voters([1, UNKNOWN_DIRECTORY]).isOnlyVoter({ id: 1, directoryId: DIRECTORY })).toBe(true);
  });

  test("is not the only one among several", () => {
    expect(voters([1, DIRECTORY], [2, DIRECTORY]).isOnlyVoter({ id: 1, directoryId: DIRECTORY })).toBe(false);
  });
});

test.each([
  [1, 1],
  [2, 2],
  [3, 2],
  [4, 3],
  [5, 3],
])("of %i voters %i are a majority", (count, majority) => {
  const keys = Array.from({ length: count }, (_, index): [number, string] => [index, DIRECTORY]);
  expect(voters(...keys).majority()).toBe(majority);
});
