import { expect, test } from "vitest";
import { DelayedRemovals } from "../../src/log/delayed-removals.ts";
import type { FileSystem } from "../../src/runtime.ts";
import { simulate } from "./log-fixture.ts";

/** A disk on which each removal of a file waits until it is told to go on. */
function slowRemovals() {
  const runtime = simulate();
  const files: FileSystem = runtime.files;
  const asked: string[] = [];
  let goOn: (() => void) | undefined;
  const failures: Error[] = [];
  files.removeLater = (path) =>
    new Promise<void>((resolve, reject) => {
      asked.push(path);
      goOn = () => {
        if (path.includes("bad")) reject(Object.assign(new Error("EIO: unlink"), { code: "EIO" }));
        else files.remove(path);
        resolve();
      };
    });
  const removals = new DelayedRemovals(runtime, (error) => failures.push(error));
  const next = async () => {
    goOn?.();
    await runtime.clock.advanceWithPromises(0);
  };
  for (const directory of ["/d/t-0.x-delete", "/d/u-0"]) {
    files.makeDirectory(directory);
    for (const name of ["a", "b", "bad"]) files.open(`${directory}/${name}`, "create").close();
  }
  return { runtime, files, removals, asked, failures, next };
}

test("the files of a directory go one after the other while others have their turn, then the directory", async () => {
  const { runtime, files, removals, asked, next } = slowRemovals();
  files.remove("/d/t-0.x-delete/bad");
  removals.schedule(["/d/t-0.x-delete"], 1_000);
  await runtime.clock.advanceWithPromises(1_000);
  expect(asked).toEqual(["/d/t-0.x-delete/a"]);
  await next();
  expect(asked).toEqual(["/d/t-0.x-delete/a", "/d/t-0.x-delete/b"]);
  await next();
  expect(files.stat("/d/t-0.x-delete")).toBeUndefined();
});

test("files are found where their directory is by then", async () => {
  const { runtime, files, removals, next } = slowRemovals();
  removals.schedule(["/d/u-0/a", "/d/u-0/b"], 1_000);
  await runtime.clock.advanceWithPromises(1_000);
  files.rename("/d/u-0", "/d/u-1");
  removals.directoryRenamed("/d/u-0", "/d/u-1");
  for (let step = 0; step < 4; step++) await next();
  expect(files.list("/d/u-1").map(({ name }) => name)).toEqual(["bad"]);
});

test("what a stop comes upon stays, and what fails is told", async () => {
  const { runtime, files, removals, asked, failures, next } = slowRemovals();
  removals.schedule(["/d/u-0/bad"], 1_000);
  await runtime.clock.advanceWithPromises(1_000);
  await next();
  expect(failures.map(({ message }) => message)).toEqual(["EIO: unlink"]);
  removals.schedule(["/d/u-0/a", "/d/u-0/b"], 1_000);
  await runtime.clock.advanceWithPromises(1_000);
  removals.cancel();
  await next();
  expect(asked).toEqual(["/d/u-0/bad", "/d/u-0/a"]);
  expect(files.stat("/d/u-0/b")).toBeDefined();
});
