import { describe, expect, test } from "vitest";
import { collisionForm, topicNameProblem } from "../../src/controller/topic-name.ts";

describe("topic names", () => {
  test.each(["a", "A-b_c.9", "...", "x".repeat(249), "__consumer_offsets"])("accepts %s", (name) => {
    expect(topicNameProblem(name)).toBeUndefined();
  });

  test.each([
    ["", "the empty string is not allowed"],
    [".", "'.' is not allowed"],
    ["..", "'..' is not allowed"],
    ["a b", "'a b' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'"],
    ["ä", "'ä' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'"],
    ["a\n", "'a\n' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'"],
  ])("refuses %j", (name, problem) => {
    expect(topicNameProblem(name)).toBe(problem);
  });

  test("refuses 250 characters", () => {
    const name = "x".repeat(250);
    expect(topicNameProblem(name)).toBe(`the length of '${name}' is longer than the max allowed length 249`);
  });

  test("gives names that metrics cannot tell apart the same form", () => {
    expect(collisionForm("a.b_c")).toBe("a_b_c");
    expect(collisionForm("a_b.c")).toBe("a_b_c");
    expect(collisionForm("abc-d")).toBeUndefined();
  });
});
