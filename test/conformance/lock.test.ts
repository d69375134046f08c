import { existsSync, fstatSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { lockFile } from "../../adapters/shared/files/file-lock.ts";
import { createAdapterSubject } from "./adapter.subject.ts";
import { bundledNode, Child } from "./child.ts";

const root = join(import.meta.dirname, "../..");
const runtimes = {
  "this runtime": process.execPath,
  "Node 26": bundledNode,
  // Without a foreign function interface: it states claims instead of taking the kernel's lock.
  "Node 22": join(root, "node_modules/node22/bin/node"),
  Bun: join(root, "node_modules/.bin/bun"),
  Deno: join(root, "node_modules/.bin/deno"),
};

for (const [name, executable] of Object.entries(runtimes).filter(([, path]) => existsSync(path))) {
  test(`what a process on ${name} has locked is free when it is killed, not before`, async () => {
    const { runtime, directory } = await createAdapterSubject();
    const path = join(directory, ".lock");
    const holder = new Child("lock-holder.ts", [path], executable);
    expect(await holder.line()).toBe("locked");
    expect(runtime.files.lock(path)).toBeUndefined();
    expect(runtime.files.lock(path)).toBeUndefined();
    await holder.kill();
    const unlock = runtime.files.lock(path);
    expect(unlock).toBeDefined();

    const second = new Child("lock-holder.ts", [path], executable);
    expect(await second.line()).toBe("refused");
    unlock!();
    const third = new Child("lock-holder.ts", [path], executable);
    expect(await third.line()).toBe("locked");
    third.write("unlock\n");
    expect(await third.line(1)).toBe("unlocked");
    const again = runtime.files.lock(path);
    expect(again).toBeDefined();
    again!();
    expect(runtime.files.list(directory)).toEqual([{ name: ".lock", kind: "file" }]);
  });
}

test("a lock that can't be asked for leaves no file open", async () => {
  const { directory } = await createAdapterSubject();
  const asked: number[] = [];
  const tryLock = (descriptor: number): boolean => {
    asked.push(descriptor);
    throw new Error("not to be had");
  };
  expect(() => lockFile(join(directory, ".lock"), tryLock)).toThrow("not to be had");
  expect(() => fstatSync(asked[0]!)).toThrow("EBADF");
});
