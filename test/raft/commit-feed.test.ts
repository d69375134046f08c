import { expect, test } from "vitest";
import { CommitFeed } from "../../src/raft/commit-feed.ts";
import type { MetadataBatch } from "../../src/raft/metadata-batch.ts";

function batch(baseOffset: number, lastOffset: number, epoch: number): MetadataBatch {
  return { baseOffset, lastOffset, epoch, appendTimestampMs: 0, sizeBytes: 100, records: [], control: [] };
}

test("what was never committed is not heard of when a snapshot has taken the place of the log, however far it went", () => {
  const feed = new CommitFeed(undefined, [batch(0, 2, 1), batch(3, 9, 1)]);
  const heard: string[] = [];
  feed.register({
    handleLoadSnapshot: ({ endOffset }) => heard.push(`snapshot ${endOffset}`),
    handleCommit: (batches) => {
      for (const { baseOffset, lastOffset, epoch } of batches) heard.push(`${baseOffset}-${lastOffset} of ${epoch}`);
    },
    handleLeaderChange: () => {},
  });
  feed.start();
  feed.commit(3);
  feed.append(batch(10, 14, 1));
  feed.loadSnapshot({ endOffset: 8, epoch: 2, lastContainedLogTimestampMs: 0, quorum: undefined, records: [] });
  for (const offset of [8, 9, 10, 11, 12, 13, 14]) feed.append(batch(offset, offset, 2));
  feed.commit(15);
  expect(heard).toEqual([
    "0-2 of 1",
    "snapshot 8",
    ...[8, 9, 10, 11, 12, 13, 14].map((offset) => `${offset}-${offset} of 2`),
  ]);
});
