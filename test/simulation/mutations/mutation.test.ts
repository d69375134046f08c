import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { createCheckers } from "../checkers/index.ts";
import { mutations } from "./index.ts";
import { mutate } from "./mutation.ts";

test("every invariant has a mutation, and the code that each one changes is there", () => {
  const broken = new Set(mutations.map(({ invariant }) => invariant));
  expect([...broken].sort()).toEqual([...createCheckers().map(({ name }) => name), "Liveness"].sort());
  for (const mutation of mutations) {
    const source = readFileSync(new URL(`../../../${mutation.file}`, import.meta.url), "utf8");
    expect(mutate(source, mutation)).not.toBe(source);
  }
});

test("a mutation of code that is not there any more fails", () => {
  expect(() => mutate("let a = 1;", mutations[0]!)).toThrow("has 0 times what is to be changed");
});
