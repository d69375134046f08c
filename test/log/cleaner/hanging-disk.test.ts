import { expect, test } from "vitest";
import { simulate } from "../log-fixture.ts";
import { hangFlushes } from "../hanging-flushes.ts";
import { contents } from "./cleaner-fixture.ts";
import { fill, run, start } from "./running-cleaner.ts";

test("a log whose disk hangs while it is cleaned is given up with its directory, and the cleaner goes on with others", async () => {
  const runtime = simulate();
  const { manager, failed, log } = await start({ runtime, logDirs: ["/d1", "/d2"] });
  const [stuck, other] = [log("stuck"), log("other")];
  fill(stuck, 6);
  hangFlushes(runtime, manager.directoryOf(stuck));
  await run(runtime, 60_000);
  expect([stuck.rewriteLease.isTaken, stuck.cleanerOffset]).toEqual([true, undefined]);
  fill(other, 4);
  stuck.fail(new Error("Its file system has not answered for 60000 ms"));
  expect(failed).toEqual(["/d1"]);
  await run(runtime, 60_000);
  expect(contents(other)).toEqual(["3 k=3"]);
});
