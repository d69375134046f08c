import { expect, test } from "vitest";
import { offsetCommit } from "../../src/api/offset-commit.ts";
import { offsetDelete } from "../../src/api/offset-delete.ts";
import { offsetFetch } from "../../src/api/offset-fetch.ts";
import { OFFSETS_TOPIC } from "../../src/protocol/internal-topics.ts";
import { clean } from "../log/cleaner/cleaner-fixture.ts";
import { ask, startGroupBroker } from "./group-broker.ts";
import { NODE_ID, type TestBroker } from "./test-broker.ts";

const groups = ["g1", "g2", "g3", "g4", "g5"];

function commit(broker: TestBroker, groupId: string, committedOffset: number): void {
  const partitions = [0, 1].map((partitionIndex) => ({ partitionIndex, committedOffset, committedMetadata: "note" }));
  const response = ask(broker, offsetCommit, 9, { groupId, memberId: "", topics: [{ name: "t", partitions }] });
  expect(response?.topics[0]?.partitions.map(({ errorCode }) => errorCode)).toEqual([0, 0]);
}

function fetchAll(broker: TestBroker) {
  const response = ask(broker, offsetFetch, 9, { groups: groups.map((groupId) => ({ groupId, topics: null })) });
  return response?.groups.map(({ groupId, errorCode, topics }) => ({ groupId, errorCode, topics }));
}

test("what groups have committed is the same when their log has been compacted and is loaded again", async () => {
  const broker = await startGroupBroker();
  for (let committed = 1; committed <= 30; committed++) for (const group of groups) commit(broker, group, committed);
  const partitions = [{ partitionIndex: 0 }];
  ask(broker, offsetDelete, 0, { groupId: "g3", topics: [{ name: "t", partitions }] });
  const before = fetchAll(broker);
  expect(before?.[0]?.topics[0]?.partitions[0]?.committedOffset).toBe(30);
  expect(broker.partition(OFFSETS_TOPIC).log!.logEndOffset).toBeGreaterThan(30);
  for (let index = 0; index < 3; index++) {
    const log = broker.logs.get(OFFSETS_TOPIC, index)!;
    const sizeBytes = log.sizeBytes;
    log.roll();
    await clean(log, broker.runtime);
    if (sizeBytes > 0) expect(log.sizeBytes).toBeLessThan(sizeBytes / 5);
  }
  broker.changePartition(OFFSETS_TOPIC, { leader: NODE_ID + 1 });
  broker.changePartition(OFFSETS_TOPIC, { leader: NODE_ID });
  broker.runtime.clock.runUntilIdle();
  expect(fetchAll(broker)).toEqual(before);
  commit(broker, "g1", 31);
});
