import { beforeEach, describe, expect, test } from "vitest";
import { systemError } from "../../../adapters/shared/system-error.ts";
import { describeLogDirs } from "../../../src/api/describe-log-dirs.ts";
import { DirectoriesBroker } from "./directories-broker.ts";

let node: DirectoriesBroker;

beforeEach(async () => {
  node = await DirectoriesBroker.start();
});

/** From now on nothing below the path can be renamed. */
function failRenames(path: string): void {
  const { files } = node.runtime;
  const { rename } = files;
  files.rename = (from, to) => {
    if (from.startsWith(`${path}/`)) throw Object.assign(new Error(`EIO: rename '${from}'`), { code: "EIO" });
    rename.call(files, from, to);
  };
}

describe("a topic is deleted on a disk that fails just then", () => {
  test("and is gone: the directory is out of use, and the broker goes on", async () => {
    node.createTopic(3);
    node.createTopic(3, "u");
    await node.run(10_000);
    failRenames("/d1");
    node.broker.deleteTopic("t");
    await node.run();
    expect(node.broker.logs.logDirs).toEqual(["/d2", "/d3"]);
    expect(node.broker.replicas.partition("t", 0)).toBeUndefined();
    expect(node.broker.partition("u").isOffline).toBe(true);
    node.broker.createTopic("later", { directories: ["22222222222222222222AA"] });
    expect(node.directoryOf("later")).toBe("/d2");
  });

  test("while it moves there: what is in the directory that works is removed", async () => {
    node.createTopic(3);
    node.moveSlowly();
    node.alter("/d2");
    await node.run(10_000);
    failRenames("/d2");
    node.broker.deleteTopic("t");
    await node.run();
    expect(node.broker.logs.logDirs).toEqual(["/d1", "/d3"]);
    expect([node.broker.logs.size, node.future()]).toEqual([0, undefined]);
    await node.run(60_000);
    expect(node.filesOf("t", "/d1")).toEqual([]);
  });
});

test("a directory that fails as DescribeLogDirs asks for sizes keeps the others from no answer", async () => {
  node.createTopic(3);
  node.alter("/d2");
  await node.run(100);
  node.accept();
  await node.run(100);
  node.createTopic(3, "u");
  const log = node.log("u");
  const failing = () => {
    log.fail(systemError("EIO", "stat"));
    return 0;
  };
  Object.defineProperty(log, "sizeBytes", { get: failing });
  const { response } = node.broker.send(describeLogDirs, 4, { topics: null });
  expect(node.broker.logs.logDirs).toEqual(["/d2", "/d3"]);
  const [, second] = response!.results;
  expect(second).toMatchObject({ logDir: "/d2", topics: [{ name: "t" }] });
});
