import { describe, it } from "vitest";
import { expectScenario } from "../group-scenario.ts";

describe("the initial rebalance delay", () => {
  it("starts again while members keep arriving", () => {
    expectScenario(
      `
        > join a v=3
          log: g generation 0 "" null leader null
        > advance 2s
        > join b v=3
        > advance 1s
        > advance 2999ms
        > advance 1ms
          a: joined generation 1 range as a-1, leader a-1, members a-1 b-2
          b: joined generation 1 range as b-2, leader a-1
      `,
      { initialRebalanceDelayMs: 3000 },
    );
  });

  it("ends at the rebalance timeout at the latest", () => {
    expectScenario(
      `
        > join a v=3 rebalance=7s
          log: g generation 0 "" null leader null
        > advance 2s
        > join b v=3 rebalance=7s
        > advance 3s
        > join c v=3 rebalance=7s
        > advance 2s
          a: joined generation 1 range as a-1, leader a-1, members a-1 b-2 c-3
          b: joined generation 1 range as b-2, leader a-1
          c: joined generation 1 range as c-3, leader a-1
      `,
      { initialRebalanceDelayMs: 3000 },
    );
  });
});
