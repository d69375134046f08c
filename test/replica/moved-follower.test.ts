import { afterEach, expect, test } from "vitest";
import { systemError } from "../../adapters/shared/system-error.ts";
import { LogDirMove } from "../../src/replica/log-dirs/log-dir-move.ts";
import { firstDifference, TestReplicas } from "./test-replicas.ts";

let cluster: TestReplicas;

afterEach(() => cluster.close());

test.each([
  ["knows of it", undefined],
  ["fails", systemError("EIO", "fsync")],
])(
  "a follower whose log moves to another directory, as it has been truncated, goes on when that of the new place is on its disk: the old disk %s",
  async (_, failure) => {
    cluster = await TestReplicas.start(2, {}, ["/d1", "/d2"]);
    cluster.broker(2).logs.preferDirectory("t", 0, "/d1");
    cluster.createTopic("t", { replicas: [1, 2], leader: 1 });
    cluster.broker(1).append("t", 2);
    cluster.broker(1).append("t", 3);
    await cluster.run(600);
    const { runtime, logs } = cluster.broker(2);
    const old = cluster.log(2);
    const [oldDisk, newDisk] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const syncDirectory = runtime.files.syncDirectory.bind(runtime.files);
    runtime.files.syncDirectory = (path) => (path === "/d1/t-0" ? oldDisk.promise : syncDirectory(path));

    cluster.broker(1).partition("t").truncateTo(2);
    cluster.change("t", { leader: 1, isr: [1], leaderRecoveryState: 1 });
    await cluster.run(600);
    expect(old.logEndOffset).toBe(2);
    const future = logs.startMove(old, "/d2");
    Object.defineProperty(future, "truncationWritten", { get: () => newDisk.promise });
    const partition = cluster.broker(2).partition("t");
    new LogDirMove(partition, future).copy(1_000_000);
    partition.replaceLog(logs.moves.complete(old)!);

    cluster.broker(1).append("t", 4);
    if (failure === undefined) oldDisk.resolve();
    else oldDisk.reject(failure);
    await cluster.run(1_000);
    expect(cluster.log(2).logEndOffset).toBe(2);
    newDisk.resolve();
    await cluster.run(1_000);
    expect(cluster.log(2)).toBe(future);
    expect(cluster.log(2).logEndOffset).toBe(6);
    expect(firstDifference(cluster.log(2), cluster.log(1))).toBeUndefined();
  },
);
