import { beforeEach, describe, expect, test } from "vitest";
import { ErrorCode } from "../../../src/protocol/error-codes.ts";
import { hangFlushes } from "../../log/hanging-flushes.ts";
import { DirectoriesBroker } from "./directories-broker.ts";

let node: DirectoriesBroker;

beforeEach(async () => {
  node = await DirectoriesBroker.start();
});

describe("a flush that never ends, in the directory that a partition moves to,", () => {
  beforeEach(async () => {
    node.createTopic(10);
    node.createTopic(10, "u");
    hangFlushes(node.runtime, "/d2");
    node.alter("/d2");
    node.alter("/d3", "u");
    await node.run(100);
  });

  test("keeps no other partition from moving elsewhere", async () => {
    expect(node.future("u")!.logEndOffset).toBe(0);
    await node.run(10_000);
    node.accept();
    await node.run(100);
    expect([node.directoryOf("t"), node.directoryOf("u")]).toEqual(["/d1", "/d3"]);
  });

  test("ends nothing but the move, which gives its slot back when it is given up", async () => {
    expect(node.alter("/d1")).toEqual([ErrorCode.NONE]);
    await node.run(100);
    node.accept();
    await node.run(100);
    expect([node.directoryOf("t"), node.directoryOf("u")]).toEqual(["/d1", "/d3"]);
  });
});

test("a copy whose flush hangs keeps nobody waiting who is to hear that his records are in the log", async () => {
  node.createTopic(10);
  node.alter("/d2");
  await node.run(100);
  const future = node.future()!;
  const { flush } = future;
  let flushes = 0;
  const goAhead = async () => {
    node.append();
    await node.log().flush();
  };
  future.flush = async () => {
    if (++flushes > 3) return new Promise(() => {});
    await flush.call(future);
    await goAhead();
  };
  await goAhead();
  node.accept();
  await node.run(100);
  expect(flushes).toBe(4);
  node.append();
  const isSettled = () => node.broker.partition("t").isSettled(node.log().logEndOffset);
  expect(isSettled()).toBe(false);
  await node.run(5_000);
  expect([node.directoryOf(), isSettled()]).toEqual(["/d1", true]);
});
