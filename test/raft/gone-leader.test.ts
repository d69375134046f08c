import { describe, test } from "vitest";
import { play } from "./scenario/scenario.ts";

describe("when the leader's process is gone", () => {
  test("a leader whose process is known to be gone is not waited for", () => {
    play(`
      voters 1 2 3 elected
      kill 1
      gone 1
        +0 2 prospective in 1
      run 100
        +2 2 candidate in 2
        +3 3 unattached in 2
        +4 2 leader in 2
        +5 3 follower in 2 of 2
      show
        1 is down, log to 3
        2 leader in 2, log to 4, committed 4
        3 follower in 2 of 2, log to 4, committed 4
    `);
  });

  test("who knows first that the leader's process is gone is elected by those whose connections to it have broken", () => {
    play(`
      voters 1 2 3 elected
      kill 1
      broken 1
      gone 1 for 3
      run 300
        +200 3 prospective in 1
        +202 3 candidate in 2
        +203 2 unattached in 2
        +204 3 leader in 2
        +205 2 follower in 2 of 3
    `);
  });

  test("a voter whose connection to the leader has broken keeps to it again when it has fetched", () => {
    play(`
      voters 1 2 3 elected
      broken 1
      run 600
      kill 1
      gone 1 for 3
      run 300
        +200 3 prospective in 1
    `);
  });

  test("a voter that has not missed the gone leader yet is asked again soon, and grants its vote when it has", () => {
    play(`
      voters 1 2 3 elected
      kill 1
      gone 1 for 3
      run 400
        +200 3 prospective in 1
      broken 1
      run 1000
        +125 3 follower in 1 of 1
        +325 3 prospective in 1
        +327 3 candidate in 2
        +328 2 unattached in 2
        +329 3 leader in 2
        +330 2 follower in 2 of 3
    `);
  });

  test("two that miss the leader at the same moment do not both become candidates", () => {
    play(`
      voters 1 2 3 elected
      kill 1
      broken 1
      gone 1 for 3
      run 200
        +200 3 prospective in 1
      gone 1 for 2
        +0 2 prospective in 1
      run 300
        +1 3 follower in 1 of 1
        +2 2 candidate in 2
        +3 3 unattached in 2
        +4 2 leader in 2
        +5 3 follower in 2 of 2
    `);
  });

  test("a voter that has promised its vote stands back when it hears that the leader is gone", () => {
    play(`
      voters 1 2 3 elected
      kill 1
      broken 1
      gone 1 for 3
      run 201
        +200 3 prospective in 1
      gone 1 for 2
      run 300
        +1 3 candidate in 2
        +2 2 unattached in 2
        +3 3 leader in 2
        +4 2 follower in 2 of 3
    `);
  });

  test("a voter that has promised its vote stands after all when the other one dies before it is elected", () => {
    play(`
      voters 1 2 3 4 5 elected
      kill 1
      broken 1
      gone 1 for 3
      run 201
        +200 3 prospective in 1
      kill 3
      gone 1 for 2
      run 1000
        +500 2 prospective in 1
        +502 2 candidate in 2
        +503 4 unattached in 2
        +503 5 unattached in 2
        +504 2 leader in 2
        +505 4 follower in 2 of 2
        +505 5 follower in 2 of 2
    `);
  });
});
