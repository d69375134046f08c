import { spawnSync } from "node:child_process";
import { statfsSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { File } from "../../src/runtime.ts";
import { type CreateSubject, differsAt, patternBytes, type Subject, settled } from "./subject.ts";

const CONTENT = patternBytes(300_000);
/** Of statfs(2): ext4, xfs and btrfs drop what they are asked to, and tell what is in memory. */
const FILE_SYSTEMS_THAT_TELL = new Set([0xef53, 0x58465342, 0x9123683e]);

/** What is asked of a file system for without waiting for the disk. */
export function memoryOnlyReadsSuite(name: string, createSubject: CreateSubject): void {
  describe(`files of ${name}: reads that do not wait for the disk`, () => {
    test("what was written a moment ago is read at once, or as soon as that is known", async () => {
      const subject = await createSubject();
      const { files } = subject.runtime;
      const file = files.open(`${subject.directory}/file`, "create");
      file.write(CONTENT, 0);
      const attempt = () => expect(readsAll(file)).toBe(true);
      // Where the file system does not tell, the first time is in vain.
      const arrival = files.withoutWaiting!(() => outcomeOf(() => readsAll(file)));
      if (arrival !== undefined) await settled(subject, arrival);
      expect(files.withoutWaiting!(attempt)).toBeUndefined();
      file.close();
    });

    test("what is on the disk only is refused, and in memory when it has been waited for", async () => {
      const subject = await createSubject();
      const { files } = subject.runtime;
      const { file, isDropped } = await fileOnDiskOnly(subject);
      const outcomes: unknown[] = [];
      for (let attempts = 0; attempts < 8; attempts++) {
        const arrival = files.withoutWaiting!(() => outcomes.push(outcomeOf(() => readsAll(file))));
        if (arrival === undefined) break;
        await settled(subject, arrival);
      }
      expect(outcomes.at(-1)).toBe(true);
      expect(outcomes.slice(0, -1).every((outcome) => outcome === "EAGAIN")).toBe(true);
      if (isDropped) expect(outcomes.length).toBeGreaterThan(1);
      file.close();
    });

    test("what is read afterwards, or after an action that failed, waits for the disk", async () => {
      const subject = await createSubject();
      const { files } = subject.runtime;
      const { file } = await fileOnDiskOnly(subject);
      const fails = () => {
        throw new Error("the action's own");
      };
      expect(() => files.withoutWaiting!(fails)).toThrow("the action's own");
      expect(readsAll(file)).toBe(true);
      file.close();
    });

    test("what an action had asked for when it failed is nobody's any more", async () => {
      const subject = await createSubject();
      const { files } = subject.runtime;
      const { file } = await fileOnDiskOnly(subject);
      const fails = () => {
        outcomeOf(() => readsAll(file));
        throw new Error("the action's own");
      };
      expect(() => files.withoutWaiting!(fails)).toThrow("the action's own");
      file.close();
      expect(files.withoutWaiting!(() => {})).toBeUndefined();
    });

    test("a file that is closed while its bytes are on their way stays one until they are there", async () => {
      const subject = await createSubject();
      const { files } = subject.runtime;
      const { file } = await fileOnDiskOnly(subject);
      const arrival = files.withoutWaiting!(() => outcomeOf(() => readsAll(file)));
      file.close();
      if (arrival !== undefined) await settled(subject, arrival);
      expect(outcomeOf(() => readsAll(file))).toBe("EBADF");
    });
  });
}

async function fileOnDiskOnly(subject: Subject): Promise<{ readonly file: File; readonly isDropped: boolean }> {
  const path = `${subject.directory}/file`;
  const file = subject.runtime.files.open(path, "create");
  file.write(CONTENT, 0);
  await settled(subject, file.sync());
  return { file, isDropped: dropFromMemory(path) };
}

function readsAll(file: File): boolean {
  const target = new Uint8Array(CONTENT.length + 1);
  const count = file.read(target, 0);
  return count === CONTENT.length && differsAt(target.subarray(0, count), CONTENT) === undefined;
}

function outcomeOf(action: () => unknown): unknown {
  try {
    return action();
  } catch (error) {
    return (error as { code?: string }).code;
  }
}

/** By GNU dd. False where that can't be counted on. */
function dropFromMemory(path: string): boolean {
  if (process.platform !== "linux") return false;
  const { status } = spawnSync("dd", [`of=${path}`, "oflag=nocache", "conv=notrunc,fdatasync", "count=0"]);
  return status === 0 && FILE_SYSTEMS_THAT_TELL.has(statfsSync(path).type);
}
