import { expect, test } from "vitest";
import { ErrorCode, errorMessage, errorName, isRetriable } from "../../src/protocol/error-codes.ts";

test("codes run from -1 to 136 without a gap, each with a name and a message of its own", () => {
  const codes = Object.values(ErrorCode);
  expect(codes).toEqual(Array.from({ length: 138 }, (_, index) => index - 1));
  expect(new Set(codes.map(errorMessage)).size).toBe(138);
  expect(errorName(ErrorCode.NOT_COORDINATOR)).toBe("NOT_COORDINATOR");
});

test("a code that nobody knows counts as an unknown server error", () => {
  expect(errorMessage(9999)).toBe(errorMessage(ErrorCode.UNKNOWN_SERVER_ERROR));
  expect(errorName(9999)).toBe("ERROR_9999");
});

test("retriable is what clients retry", () => {
  expect(isRetriable(ErrorCode.NOT_LEADER_OR_FOLLOWER)).toBe(true);
  expect(isRetriable(ErrorCode.UNKNOWN_SERVER_ERROR)).toBe(false);
  expect(isRetriable(ErrorCode.NONE)).toBe(false);
});
