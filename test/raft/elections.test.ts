import { describe, test } from "vitest";
import { play } from "./scenario/scenario.ts";

describe("the only voter", () => {
  test("elects itself at once, and begins its epoch with version and voters of the bootstrap snapshot", () => {
    play(`
      voters 1
      run 1
      show
        1 leader in 1, log to 3, committed 3
      persisted 1
        {"epoch":1,"leaderId":1}
    `);
  });

  test("of a static quorum begins its epoch with the leader change alone", () => {
    play(`
      voters static 1
      run 1
      show
        1 leader in 1, log to 1, committed 1
    `);
  });

  test("leads a new epoch after a restart, and commits nothing before a record of it is on disk", () => {
    play(`
      voters 1
      run 1
      append 1 4
      run 1
      kill 1
      slow 1 50
      start 1
        +0 1 leader in 2
      run 49
      show
        1 leader in 2, log to 8, nothing committed
      run 1
      show
        1 leader in 2, log to 8, committed 8
    `);
  });

  test("never leads an epoch again in which it was elected, whatever its disk has lost", () => {
    play(`
      voters 1
      run 1
      slow 1 1000
      append 1 4
      kill 1 power
      show
        1 is down, log to 3
      start 1
        +0 1 leader in 2
      run 0
      show
        1 leader in 2, log to 4, nothing committed
    `);
  });

  test("that stops needs no successor", () => {
    play(`
      voters 1
      run 1
      stop 1
        +0 1 resigned in 1
      run 5000
    `);
  });
});

describe("three voters", () => {
  test("elect the first that has waited long enough, by votes that are preliminary at first", () => {
    play(`
      voters 1 2 3
      run 1500
        +1100 1 prospective in 0
        +1102 1 candidate in 1
        +1103 2 unattached in 1
        +1103 3 unattached in 1
        +1104 1 leader in 1
        +1105 2 follower in 1 of 1
        +1105 3 follower in 1 of 1
      show
        1 leader in 1, log to 3, committed 3
        2 follower in 1 of 1, log to 3, committed 3
        3 follower in 1 of 1, log to 3, committed 3
      persisted 1
        {"epoch":1,"leaderId":1}
      persisted 2
        {"epoch":1,"leaderId":1,"voted":{"id":1,"directoryId":"AAAAAAAAAAAAAAAAAAAABA"}}
    `);
  });

  test("elect another when the leader is gone", () => {
    play(`
      voters 1 2 3 elected
      kill 1
      run 5000
        +1630 2 prospective in 1
        +1640 3 prospective in 1
        +1642 3 candidate in 2
        +1643 2 unattached in 2
        +1644 3 leader in 2
        +1645 2 follower in 2 of 3
      show
        1 is down, log to 3
        2 follower in 2 of 3, log to 4, committed 4
        3 leader in 2, log to 4, committed 4
    `);
  });

  test("without a majority go on asking, in the same epoch", () => {
    play(`
      voters 1 2 3 elected
      kill 1 2
      run 20000
        +1640 3 prospective in 1
        +2940 3 follower in 1 of 1
        +4970 3 prospective in 1
        +6270 3 follower in 1 of 1
        +8300 3 prospective in 1
        +9600 3 follower in 1 of 1
        +11630 3 prospective in 1
        +12930 3 follower in 1 of 1
        +14960 3 prospective in 1
        +16260 3 follower in 1 of 1
        +18290 3 prospective in 1
        +19590 3 follower in 1 of 1
      show
        1 is down, log to 3
        2 is down, log to 3
        3 follower in 1 of 1, log to 3, committed 3
      persisted 3
        {"epoch":1,"leaderId":1,"voted":{"id":1,"directoryId":"AAAAAAAAAAAAAAAAAAAABA"}}
    `);
  });

  test("a voter that was cut off comes back without disturbing the leader", () => {
    play(`
      voters 1 2 3 elected
      cut 3
      run 10000
        +1640 3 prospective in 1
        +2940 3 follower in 1 of 1
        +4970 3 prospective in 1
        +6270 3 follower in 1 of 1
        +8300 3 prospective in 1
        +9600 3 follower in 1 of 1
      heal
      run 5000
        +1630 3 prospective in 1
        +1632 3 follower in 1 of 1
      show
        1 leader in 1, log to 3, committed 3
        2 follower in 1 of 1, log to 3, committed 3
        3 follower in 1 of 1, log to 3, committed 3
    `);
  });

  test("a voter that hears the others and is not heard does not disturb them", () => {
    play(`
      voters 1 2 3 elected
      cut 3 hearing
      run 10000
        +2142 3 prospective in 1
        +3442 3 follower in 1 of 1
        +5472 3 prospective in 1
        +6772 3 follower in 1 of 1
        +8802 3 prospective in 1
      show
        1 leader in 1, log to 3, committed 3
        2 follower in 1 of 1, log to 3, committed 3
        3 prospective in 1 of 1, log to 3, committed 3
    `);
  });

  test("only a voter whose log is as long as a majority's is elected", () => {
    play(`
      voters 1 2 3 elected
      cut 2
      append 1 5
      run 600
      kill 1
      heal
      run 6000
        +1030 2 prospective in 1
        +1936 3 prospective in 1
        +1938 3 candidate in 2
        +1939 2 unattached in 2
        +1940 3 leader in 2
        +1941 2 follower in 2 of 3
      show
        1 is down, log to 8
        2 follower in 2 of 3, log to 9, committed 9
        3 leader in 2, log to 9, committed 9
    `);
  });

  test("a leader that no majority fetches from resigns", () => {
    play(`
      voters 1 2 3 elected
      cut 1
      run 6000
        +1630 2 prospective in 1
        +1640 3 prospective in 1
        +1642 3 candidate in 2
        +1643 2 unattached in 2
        +1644 3 leader in 2
        +1645 2 follower in 2 of 3
        +3111 1 resigned in 1
        +4211 1 unattached in 2
        +5311 1 prospective in 2
      heal
      run 2000
        +411 1 unattached in 2
        +413 1 follower in 2 of 3
      show
        1 follower in 2 of 3, log to 4, committed 4
        2 follower in 2 of 3, log to 4, committed 4
        3 leader in 2, log to 4, committed 4
    `);
  });

  test("a leader that stops hands over to the voter that is furthest, at once", () => {
    play(`
      voters 1 2 3 elected
      cut 2 from 1
      append 1 5
      run 100
      heal
      stop 1
        +0 1 resigned in 1
      run 500
        +1 3 prospective in 1
        +3 3 candidate in 2
        +4 1 unattached in 2
        +4 2 unattached in 2
        +5 3 leader in 2
        +6 1 follower in 2 of 3
        +6 2 follower in 2 of 3
      show
        1 follower in 2 of 3, log to 8, committed 8
        2 follower in 2 of 3, log to 9, committed 9
        3 leader in 2, log to 9, committed 9
    `);
  });

  test("a leader whose controller gives up resigns, and follows the next one", () => {
    play(`
      voters 1 2 3 elected
      resign 1
        +0 1 resigned in 1
      run 500
        +1 2 prospective in 1
        +3 2 candidate in 2
        +4 1 unattached in 2
        +4 3 unattached in 2
        +5 2 leader in 2
        +6 1 follower in 2 of 2
        +6 3 follower in 2 of 2
      show
        1 follower in 2 of 2, log to 4, committed 4
        2 leader in 2, log to 4, committed 4
        3 follower in 2 of 2, log to 4, committed 4
    `);
  });

  test("those that ask at the same time give way to the first of them", () => {
    play(`
      voters 1 2 3 alike
      run 4000
        +1000 1 prospective in 0
        +1000 2 prospective in 0
        +1000 3 prospective in 0
        +1001 2 unattached in 0
        +1001 3 unattached in 0
        +1002 1 candidate in 1
        +1003 2 unattached in 1
        +1003 3 unattached in 1
        +1004 1 leader in 1
        +1005 2 follower in 1 of 1
        +1005 3 follower in 1 of 1
    `);
  });

  test("a restarted voter remembers whom it has voted for", () => {
    play(`
      voters 1 2 3
      run 1103
        +1100 1 prospective in 0
        +1102 1 candidate in 1
        +1103 2 unattached in 1
        +1103 3 unattached in 1
      persisted 2
        {"epoch":1,"leaderId":-1,"voted":{"id":1,"directoryId":"AAAAAAAAAAAAAAAAAAAABA"}}
      kill 2
      start 2
        +0 2 unattached in 1
      persisted 2
        {"epoch":1,"leaderId":-1,"voted":{"id":1,"directoryId":"AAAAAAAAAAAAAAAAAAAABA"}}
      run 500
        +1 1 leader in 1
        +2 2 follower in 1 of 1
        +2 3 follower in 1 of 1
      show
        1 leader in 1, log to 3, committed 3
        2 follower in 1 of 1, log to 3, committed 3
        3 follower in 1 of 1, log to 3, committed 3
    `);
  });

  test("five voters survive the loss of two", () => {
    play(`
      voters 1 2 3 4 5 elected
      kill 1 2
      run 5000
        +1640 3 prospective in 1
        +1650 4 prospective in 1
        +1660 5 prospective in 1
        +1662 5 candidate in 2
        +1663 3 unattached in 2
        +1663 4 unattached in 2
        +1664 5 leader in 2
        +1665 3 follower in 2 of 5
        +1665 4 follower in 2 of 5
      show
        1 is down, log to 3
        2 is down, log to 3
        3 follower in 2 of 5, log to 4, committed 4
        4 follower in 2 of 5, log to 4, committed 4
        5 leader in 2, log to 4, committed 4
    `);
  });
});
