import { describe, expect, test } from "vitest";
import type { CreateSubject } from "./subject.ts";

export function fileLockSuite(name: string, createSubject: CreateSubject): void {
  describe(`files of ${name}: lock`, () => {
    test("held once, free again after its release", async () => {
      const { runtime, directory } = await createSubject();
      const path = `${directory}/.lock`;
      const unlock = runtime.files.lock(path);
      expect(unlock).toBeDefined();
      expect(runtime.files.lock(path)).toBeUndefined();
      expect(runtime.files.lock(path)).toBeUndefined();
      unlock!();
      unlock!();
      const again = runtime.files.lock(path);
      // It is another one's by now.
      unlock!();
      expect(again).toBeDefined();
      expect(runtime.files.lock(path)).toBeUndefined();
      again!();
      expect(runtime.files.list(directory)).toEqual([{ name: ".lock", kind: "file" }]);
    });

    test("locks of two directories do not meet", async () => {
      const { runtime, directory } = await createSubject();
      runtime.files.makeDirectory(`${directory}/a`);
      runtime.files.makeDirectory(`${directory}/b`);
      const one = runtime.files.lock(`${directory}/a/.lock`);
      const other = runtime.files.lock(`${directory}/b/.lock`);
      expect([one, other].map((unlock) => typeof unlock)).toEqual(["function", "function"]);
      one!();
      other!();
    });
  });
}
