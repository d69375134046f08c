import { describe, test } from "vitest";
import { play } from "./scenario/scenario.ts";

describe("adding a voter", () => {
  test("that has caught up takes a record, and counts from its append on", () => {
    play(`
      voters 1 elected
      controller 2
        +0 2 unattached in 0
      run 600
        +2 2 follower in 1 of 1
      add 2 at 1
      run 20
        +5 addVoter 2: 0
      quorum 1
        kraft.version 1, voters 1 2
      quorum 2
        kraft.version 1, voters 1 2
      show
        1 leader in 1, log to 4, committed 4
        2 follower in 1 of 1, log to 4, committed 4
    `);
  });

  test("is refused as long as it lags behind", () => {
    play(`
      voters 1 elected
      controller 2
        +0 2 unattached in 0
      add 2 at 1
      run 20
        +2 2 follower in 1 of 1
        +2 addVoter 2: 7 (Aborted add voter operation for 2 since it is lagging behind)
      quorum 1
        kraft.version 1, voters 1
    `);
  });

  test("is refused when it does not answer", () => {
    play(`
      voters 1 elected
      controller 2
        +0 2 unattached in 0
      run 600
        +2 2 follower in 1 of 1
      kill 2
      add 2 at 1
      run 20
        +2 addVoter 2: 7 (Voter 2 does not answer at localhost:9002)
    `);
  });

  test("is refused under kraft.version 0", () => {
    play(`
      voters static 1 elected
      controller 2
        +0 2 unattached in 0
      run 600
        +2 2 follower in 1 of 1
      add 2 at 1
        +0 addVoter 2: 35 (Cluster doesn't support adding voter because the kraft.version feature is 0)
      run 20
    `);
  });

  test("is refused for one that votes already, and by one that does not lead", () => {
    play(`
      voters 1 2 3 elected
      add 2 at 1
        +0 addVoter 2: 126 (The voter id for ReplicaKey(id=2, directoryId=AAAAAAAAAAAAAAAAAAAACA) is already part of the set of voters [ReplicaKey(id=1, directoryId=AAAAAAAAAAAAAAAAAAAABA), ReplicaKey(id=2, directoryId=AAAAAAAAAAAAAAAAAAAACA), ReplicaKey(id=3, directoryId=AAAAAAAAAAAAAAAAAAAADA)].)
      run 1
      add 2 at 3
        +0 addVoter 2: 6
      run 1
    `);
  });

  test("waits for the change before", () => {
    play(`
      voters 1 elected
      controller 2
        +0 2 unattached in 0
      controller 3
        +0 3 unattached in 0
      run 600
        +2 2 follower in 1 of 1
        +2 3 follower in 1 of 1
      slow 2 500
      add 2 at 1
      add 3 at 1
        +0 addVoter 3: 7 (Request timed out waiting for leader to handle previous voter change request)
      run 20
      add 3 at 1
        +0 addVoter 3: 7 (Request timed out waiting for leader to handle previous voter change request)
      run 1200
        +484 addVoter 2: 0
      add 3 at 1
      run 600
        +5 addVoter 3: 0
      quorum 3
        kraft.version 1, voters 1 2 3
    `);
  });

  test("gives up when a majority of the new voters does not have it in time", () => {
    play(`
      voters 1 elected
      controller 2
        +0 2 unattached in 0
      run 600
        +2 2 follower in 1 of 1
      slow 2 20000
      add 2 at 1
      run 2500
        +2000 addVoter 2: 7
        +2023 2 prospective in 1
        +2025 2 follower in 1 of 1
      show
        1 leader in 1, log to 4, committed 3
        2 follower in 1 of 1, log to 4, committed 3
    `);
  });

  test("is taken back by truncation when another leader never had it", () => {
    play(`
      voters 1 2 3 elected
      controller 4
        +0 4 unattached in 0
      run 600
        +2 4 follower in 1 of 1
      cut 1 from 2 3
      add 4 at 1
      run 10
      quorum 1
        kraft.version 1, voters 1 2 3 4
      quorum 4
        kraft.version 1, voters 1 2 3 4
      kill 4
      run 4000
        +1522 2 prospective in 1
        +1532 3 prospective in 1
        +1534 3 candidate in 2
        +1535 2 unattached in 2
        +1536 3 leader in 2
        +1537 2 follower in 2 of 3
        +1990 addVoter 4: 7
        +2992 1 resigned in 1
      heal
      run 3000
        +92 1 unattached in 2
        +94 1 follower in 2 of 3
        +96 1 truncates from 4 to 3
      quorum 1
        kraft.version 1, voters 1 2 3
      show
        1 follower in 2 of 3, log to 4, committed 4
        2 follower in 2 of 3, log to 4, committed 4
        3 leader in 2, log to 4, committed 4
        4 is down, log to 4
    `);
  });

  test("happens by itself with controller.quorum.auto.join.enable", () => {
    play(`
      voters 1 elected
      controller 2 joining
        +0 2 unattached in 0
      run 5000
        +2 2 follower in 1 of 1
      quorum 1
        kraft.version 1, voters 1 2
      show
        1 leader in 1, log to 4, committed 4
        2 follower in 1 of 1, log to 4, committed 4
    `);
  });
});

describe("removing a voter", () => {
  test("takes a record, and leaves an observer", () => {
    play(`
      voters 1 2 3 elected
      remove 3 at 1
      run 10
        +3 removeVoter 3: 0
      quorum 2
        kraft.version 1, voters 1 2
      run 600
      show
        1 leader in 1, log to 4, committed 4
        2 follower in 1 of 1, log to 4, committed 4
        3 follower in 1 of 1, log to 4, committed 4
    `);
  });

  test("that leads makes it hand over when the record is committed", () => {
    play(`
      voters 1 2 3 elected
      remove 1 at 1
      run 600
        +3 1 resigned in 1
        +3 removeVoter 1: 0
        +4 2 prospective in 1
        +6 2 candidate in 2
        +7 3 unattached in 2
        +8 2 leader in 2
        +9 3 follower in 2 of 2
      quorum 2
        kraft.version 1, voters 2 3
      show
        1 resigned in 1, log to 4, committed 4
        2 leader in 2, log to 5, committed 5
        3 follower in 2 of 2, log to 5, committed 5
    `);
  });

  test("that leads makes it hand over, when the record is committed after nobody waits for the answer any more", () => {
    play(`
      voters 1 2 3 elected
      slow 2 2005
      slow 3 2005
      remove 1 at 1
      run 2015
        +2000 removeVoter 1: 7
        +2007 1 resigned in 1
        +2008 2 prospective in 1
        +2010 2 candidate in 2
        +2011 3 unattached in 2
        +2012 2 leader in 2
        +2013 3 follower in 2 of 2
      quorum 2
        kraft.version 1, voters 2 3
    `);
  });

  test("is refused for one that is none, and for the last one", () => {
    play(`
      voters 1 elected
      controller 2
        +0 2 unattached in 0
      run 600
        +2 2 follower in 1 of 1
      remove 2 at 1
        +0 removeVoter 2: 127 (Cannot remove voter ReplicaKey(id=2, directoryId=AAAAAAAAAAAAAAAAAAAACA) from the set of voters [ReplicaKey(id=1, directoryId=AAAAAAAAAAAAAAAAAAAABA)])
      run 1
      remove 1 at 1
        +0 removeVoter 1: 127 (Cannot remove voter ReplicaKey(id=1, directoryId=AAAAAAAAAAAAAAAAAAAABA) from the set of voters [ReplicaKey(id=1, directoryId=AAAAAAAAAAAAAAAAAAAABA)])
      run 1
    `);
  });
});

describe("a voter's own address", () => {
  test("is told to the leader when it has changed", () => {
    play(`
      voters 1 2 3 elected
      move 3 93
        +0 3 follower in 1 of 1
      run 6000
      quorum 1
        kraft.version 1, voters 1 2 3
      address 1 3
        CONTROLLER://localhost:9093
      show
        1 leader in 1, log to 4, committed 4
        2 follower in 1 of 1, log to 4, committed 4
        3 follower in 1 of 1, log to 4, committed 4
    `);
  });

  test("is written by a leader whose own has changed", () => {
    play(`
      voters 1 elected
      move 1 91
        +0 1 leader in 2
      run 10
      address 1 1
        CONTROLLER://localhost:9091
    `);
  });
});

describe("kraft.version", () => {
  test("is upgraded when all voters have told that they support it", () => {
    play(`
      voters static 1 2 3 elected
      quorum 1
        kraft.version 0, voters 1 2 3
      upgrade 1 1
        possible
      run 3000
      upgrade 1 1
        possible
      run 100
      quorum 1
        kraft.version 1, voters 1 2 3
      quorum 3
        kraft.version 1, voters 1 2 3
    `);
  });

  test("is not downgraded", () => {
    play(`
      voters 1 2 3 elected
      upgrade 1 0
        Invalid upgrade of kraft.version from version 1 to 0 because the new version is a downgrade
    `);
  });
});
