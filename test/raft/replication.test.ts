import { describe, test } from "vitest";
import { play } from "./scenario/scenario.ts";

describe("the metadata log", () => {
  test("is committed by a majority, and everybody learns of it at once", () => {
    play(`
      voters 1 2 3 elected
      broker 4
        +0 4 unattached in 0
      run 100
        +2 4 follower in 1 of 1
      append 1 10
      run 3
      show
        1 leader in 1, log to 13, committed 13
        2 follower in 1 of 1, log to 13, committed 3
        3 follower in 1 of 1, log to 13, committed 3
        4 follower in 1 of 1, log to 13, committed 3
      run 3
      show
        1 leader in 1, log to 13, committed 13
        2 follower in 1 of 1, log to 13, committed 13
        3 follower in 1 of 1, log to 13, committed 13
        4 follower in 1 of 1, log to 13, committed 13
    `);
  });

  test("goes on with a majority of the voters, and catches up with the last one", () => {
    play(`
      voters 1 2 3 elected
      cut 3
      append 1 5
      run 10
      show 1 2
        1 leader in 1, log to 8, committed 8
        2 follower in 1 of 1, log to 8, committed 8
      heal
      run 3000
      show
        1 leader in 1, log to 8, committed 8
        2 follower in 1 of 1, log to 8, committed 8
        3 follower in 1 of 1, log to 8, committed 8
    `);
  });

  test("commits nothing that only its leader has", () => {
    play(`
      voters 1 2 3 elected
      cut 1
      append 1 5
      run 100
      show 1
        1 leader in 1, log to 8, committed 3
    `);
  });

  test("that has gone another way is truncated to where it is the same as the leader's", () => {
    play(`
      voters 1 2 3 elected
      cut 1
      append 1 5
      append 1 5
      run 4000
        +1630 2 prospective in 1
        +1640 3 prospective in 1
        +1642 3 candidate in 2
        +1643 2 unattached in 2
        +1644 3 leader in 2
        +1645 2 follower in 2 of 3
        +3000 1 resigned in 1
      heal
      run 3000
        +100 1 unattached in 2
        +102 1 follower in 2 of 3
        +104 1 truncates from 13 to 3
      show
        1 follower in 2 of 3, log to 4, committed 4
        2 follower in 2 of 3, log to 4, committed 4
        3 leader in 2, log to 4, committed 4
    `);
  });

  test("that has gone another way for several epochs is truncated step by step", () => {
    play(`
      voters 1 2 3 elected
      cut 1
      append 1 5
      run 4000
        +1630 2 prospective in 1
        +1640 3 prospective in 1
        +1642 3 candidate in 2
        +1643 2 unattached in 2
        +1644 3 leader in 2
        +1645 2 follower in 2 of 3
        +3000 1 resigned in 1
      append 3 2
      run 10
      kill 3
      heal
      run 6000
        +90 1 unattached in 2
        +92 1 follower in 2 of 3
        +2014 2 prospective in 2
        +2016 2 candidate in 3
        +2017 1 unattached in 3
        +2018 2 leader in 3
        +2019 1 follower in 3 of 2
        +2021 1 truncates from 8 to 3
      show 1 2
        1 follower in 3 of 2, log to 7, committed 7
        2 leader in 3, log to 7, committed 7
      start 3
        +0 3 resigned in 2
      run 3000
        +2 3 follower in 3 of 2
      show
        1 follower in 3 of 2, log to 7, committed 7
        2 leader in 3, log to 7, committed 7
        3 follower in 3 of 2, log to 7, committed 7
    `);
  });

  test("is acknowledged only when it is on disk", () => {
    play(`
      voters 1 2 3 elected
      slow 2 200
      slow 3 300
      append 1 5
      run 199
      show
        1 leader in 1, log to 8, committed 3
        2 follower in 1 of 1, log to 8, committed 3
        3 follower in 1 of 1, log to 8, committed 3
      run 100
      show 1
        1 leader in 1, log to 8, committed 8
    `);
  });

  test("a leader counts itself only when the records are on its own disk", () => {
    play(`
      voters 1 2 3 elected
      slow 1 500
      cut 3
      append 1 5
      run 400
      show 1
        1 leader in 1, log to 8, committed 3
      run 200
      show 1
        1 leader in 1, log to 8, committed 8
    `);
  });

  test("what a killed voter had in its page cache only is not vouched for after its restart", () => {
    play(`
      voters 1 2 3 elected
      slow 2 50
      cut 3
      append 1 5
      run 10
      kill 2
      start 2
        +0 2 follower in 1 of 1
      run 40
      show 1 2
        1 leader in 1, log to 8, committed 3
        2 follower in 1 of 1, log to 8, nothing committed
      run 3000
        +1590 3 prospective in 1
        +2890 3 follower in 1 of 1
      show 1 2
        1 leader in 1, log to 8, committed 8
        2 follower in 1 of 1, log to 8, committed 8
    `);
  });

  test("an observer follows without a vote, and finds the next leader", () => {
    play(`
      voters 1 2 3 elected
      broker 4
        +0 4 unattached in 0
      run 100
        +2 4 follower in 1 of 1
      show 4
        4 follower in 1 of 1, log to 3, committed 3
      kill 1
      run 4000
        +1530 2 prospective in 1
        +1540 3 prospective in 1
        +1542 3 candidate in 2
        +1543 2 unattached in 2
        +1544 3 leader in 2
        +1545 2 follower in 2 of 3
        +1906 4 follower in 2 of 3
      show
        1 is down, log to 3
        2 follower in 2 of 3, log to 4, committed 4
        3 leader in 2, log to 4, committed 4
        4 follower in 2 of 3, log to 4, committed 4
    `);
  });

  test("an observer alone waits for a leader as long as it takes", () => {
    play(`
      voters 1 2 3 elected
      kill 1 2 3
      broker 4
        +0 4 unattached in 0
      run 30000
      show 4
        4 unattached in 0, log to 0, nothing committed
      start 1 2
        +0 1 resigned in 1
        +0 2 follower in 1 of 1
      run 4000
        +250 4 follower in 1 of 1
        +1001 2 prospective in 1
        +1003 2 candidate in 2
        +1004 1 unattached in 2
        +1005 2 leader in 2
        +1006 1 follower in 2 of 2
        +1022 4 follower in 2 of 2
      show
        1 follower in 2 of 2, log to 4, committed 4
        2 leader in 2, log to 4, committed 4
        3 is down, log to 3
        4 follower in 2 of 2, log to 4, committed 4
    `);
  });
});

describe("a snapshot", () => {
  test("is fetched by a replica that begins empty", () => {
    play(`
      voters 1 2 3 elected
      append 1 20
      run 10
      snapshot 1
      broker 4
        +0 4 unattached in 0
      run 100
        +2 4 follower in 1 of 1
        +7 4 installs snapshot 23-1
      show 4
        4 follower in 1 of 1, log to 23, committed 23
    `);
  });

  test("is fetched by a voter that is behind the start of the leader's log", () => {
    play(`
      voters 1 2 3 elected
      cut 3
      append 1 20
      run 10
      snapshot 1
      clean 1
      append 1 3
      run 10
      heal
      run 4000
        +1615 3 installs snapshot 23-1
      show
        1 leader in 1, log to 26, committed 26
        2 follower in 1 of 1, log to 26, committed 26
        3 follower in 1 of 1, log to 26, committed 26
    `);
  });

  test("tells who votes", () => {
    play(`
      voters 1 2 3 elected
      append 1 20
      run 10
      snapshot 1
      clean 1
      broker 4
        +0 4 unattached in 0
      run 100
        +2 4 follower in 1 of 1
        +7 4 installs snapshot 23-1
      quorum 4
        kraft.version 1, voters 1 2 3
    `);
  });

  test("brings a voter back that has lost its log", () => {
    play(`
      voters 1 2 3 elected
      append 1 20
      run 10
      snapshot 1
      clean 1
      wipe 3
        +0 3 unattached in 0
      run 3000
        +2 3 follower in 1 of 1
        +7 3 installs snapshot 23-1
      show
        1 leader in 1, log to 23, committed 23
        2 follower in 1 of 1, log to 23, committed 23
        3 follower in 1 of 1, log to 23, committed 23
    `);
  });

  test("is installed when it is whole, whoever leads by then", () => {
    play(`
      voters 1 2 3 elected
      cut 3
      append 1 20
      run 10
      snapshot 1
      clean 1
      snapshot 2
      clean 2
      slow 3 300
      heal
      run 1700
      stop 1
        +0 1 resigned in 1
      run 100
        +1 2 prospective in 1
        +3 2 candidate in 2
        +4 1 unattached in 2
        +4 3 unattached in 2
        +5 2 leader in 2
        +6 1 follower in 2 of 2
        +6 3 follower in 2 of 2
      kill 1
      run 1000
        +124 3 installs snapshot 23-1
      show
        1 is down, log to 23
        2 leader in 2, log to 24, committed 24
        3 follower in 2 of 2, log to 24, committed 24
    `);
  });

  test("on its way to the disk is not begun anew by the leader that is found meanwhile", () => {
    play(`
      voters 1 2 3 elected
      cut 3
      append 1 20
      run 10
      snapshot 1
      clean 1
      snapshot 2
      clean 2
      slow 3 300
      heal
      run 1700
      lose beginQuorumEpoch
      stop 1
        +0 1 resigned in 1
      run 100
        +1 2 prospective in 1
        +3 2 candidate in 2
        +4 1 unattached in 2
        +4 3 unattached in 2
        +5 2 leader in 2
        +8 3 follower in 2 of 2
      kill 1
      run 1000
        +124 3 installs snapshot 23-1
      show
        1 is down, log to 23
        2 leader in 2, log to 24, committed 24
        3 follower in 2 of 2, log to 24, committed 24
    `);
  });
});
