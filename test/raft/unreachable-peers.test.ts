import { describe, test } from "vitest";
import { play } from "./scenario/scenario.ts";

describe("a controller whose process is down", () => {
  test("is dialled less and less often, by controllers and by brokers", () => {
    play(`
      voters 1 2 3 elected
      broker 4
        +0 4 unattached in 0
      run 1000
        +2 4 follower in 1 of 1
      kill 2 3
      run 10000
        +3115 1 resigned in 1
        +4215 1 unattached in 2
        +4238 4 unattached in 2
        +5315 1 prospective in 2
        +6415 1 unattached in 2
        +7515 1 prospective in 2
        +8615 1 unattached in 2
        +9715 1 prospective in 2
      asked 2 3
        2 41 times
        3 41 times
    `);
  });

  test("is asked at once when it is heard again", () => {
    play(`
      voters 1 2 3 elected
      kill 1 3
      run 4900
        +1630 2 prospective in 1
        +2830 2 follower in 1 of 1
        +4850 2 prospective in 1
      start 3
        +0 3 follower in 1 of 1
      run 200
        +6 2 candidate in 2
        +7 3 unattached in 2
        +8 2 leader in 2
        +9 3 follower in 2 of 2
    `);
  });
});
