import { describe, expect, test } from "vitest";
import type { File } from "../../src/runtime.ts";
import { type CreateSubject, differsAt, failureOf, patternBytes, type Subject, settled, textBytes } from "./subject.ts";

export function filesSuite(name: string, createSubject: CreateSubject): void {
  describe(`files of ${name}: content`, () => {
    test("positional writes and reads, in any order", async () => {
      const { file } = await newFile(createSubject);
      file.write(textBytes("world"), 6);
      file.write(textBytes("hello "), 0);
      expect(textAt(file, 0, 11)).toBe("hello world");
      file.write(textBytes("J"), 0);
      expect(textAt(file, 0, 5)).toBe("Jello");
      expect(file.size()).toBe(11);
    });

    test("a read at the end is short, behind it empty", async () => {
      const { file } = await newFile(createSubject);
      file.write(textBytes("abc"), 0);
      expect(file.read(new Uint8Array(10), 1)).toBe(2);
      expect(file.read(new Uint8Array(10), 3)).toBe(0);
      expect(file.read(new Uint8Array(10), 1_000)).toBe(0);
      expect(file.read(new Uint8Array(0), 0)).toBe(0);
    });

    test("a gap reads as zeros", async () => {
      const { file } = await newFile(createSubject);
      file.write(textBytes("end"), 100_000);
      const target = new Uint8Array(100_003).fill(7);
      expect(file.read(target, 0)).toBe(100_003);
      expect(target.subarray(0, 100_000).every((byte) => byte === 0)).toBe(true);
    });

    test("a part of an array is read into and written from", async () => {
      const { file } = await newFile(createSubject);
      file.write(textBytes("..abc..").subarray(2, 5), 0);
      const target = textBytes("-------");
      expect(file.read(target.subarray(2, 4), 1)).toBe(2);
      expect(new TextDecoder().decode(target)).toBe("--bc---");
      expect(file.size()).toBe(3);
    });

    test("megabytes across all page borders come back byte for byte", async () => {
      const { file } = await newFile(createSubject);
      const content = patternBytes(3_333_333);
      for (
        let position = 0, length = 1;
        position < content.length;
        position += length, length = (length * 3) % 65_537
      ) {
        file.write(content.subarray(position, position + length), position);
      }
      const target = new Uint8Array(content.length);
      expect(file.read(target, 0)).toBe(content.length);
      expect(differsAt(target, content)).toBeUndefined();
    });

    test("writes and reads in the background are of all the bytes, and short at the end", async () => {
      const { file } = await newFile(createSubject);
      const content = patternBytes(3_000_000);
      await Promise.all([
        file.writeLater(content.subarray(1_000_000), 1_000_000),
        file.writeLater(content.subarray(0, 1_000_000), 0),
      ]);
      const target = new Uint8Array(content.length + 10);
      expect(await file.readLater(target, 0)).toBe(content.length);
      expect(differsAt(target.subarray(0, content.length), content)).toBeUndefined();
      expect(await file.readLater(target.subarray(0, 10), content.length - 3)).toBe(3);
      expect(await file.readLater(target, content.length + 5)).toBe(0);
      expect(await file.readLater(new Uint8Array(0), 0)).toBe(0);
    });

    test("a file may be closed while it is written and read in the background", async () => {
      const { file, subject } = await newFile(createSubject);
      const content = patternBytes(300_000);
      const writing = file.writeLater(content, 0);
      file.close();
      await writing;
      expect(await failureOf(subject, file.writeLater(content, 0))).toMatchObject({ code: "EBADF" });
      const again = subject.runtime.files.open(file.path, "read");
      const target = new Uint8Array(content.length);
      const reading = again.readLater(target, 0);
      again.close();
      expect(await reading).toBe(content.length);
      expect(differsAt(target, content)).toBeUndefined();
      expect(await failureOf(subject, again.readLater(target, 0))).toMatchObject({ code: "EBADF" });
    });

    test("positions beyond 4 GiB, in a file that is sparse", async () => {
      const { file, subject } = await newFile(createSubject);
      const before = subject.runtime.files.diskSpace(subject.directory).usableBytes;
      const positions = [2 ** 31 - 2, 2 ** 32 - 5, 2 ** 32 + 50, 5 * 2 ** 30, 2 ** 36 + 1];
      for (const position of positions) file.write(textBytes(`at ${position}`), position);
      for (const position of positions) {
        expect(textAt(file, position, `at ${position}`.length)).toBe(`at ${position}`);
      }
      expect(file.size()).toBe(2 ** 36 + 1 + `at ${2 ** 36 + 1}`.length);
      const stat = subject.runtime.files.stat(file.path);
      expect(stat?.sizeBytes).toBe(file.size());
      const used = before - subject.runtime.files.diskSpace(subject.directory).usableBytes;
      expect(used).toBeLessThan(2 ** 30);
      file.truncate(2 ** 32 + 52);
      expect(file.size()).toBe(2 ** 32 + 52);
      expect(textAt(file, 2 ** 32 + 50, 10)).toBe("at");
    });

    test("truncate cuts, and what grows back is zeros", async () => {
      const { file } = await newFile(createSubject);
      file.write(patternBytes(50_000), 0);
      file.truncate(10);
      expect(file.size()).toBe(10);
      expect(file.read(new Uint8Array(20), 0)).toBe(10);
      file.truncate(40_000);
      expect(file.size()).toBe(40_000);
      const target = new Uint8Array(40_000);
      file.read(target, 0);
      expect(differsAt(target.subarray(0, 10), patternBytes(10))).toBeUndefined();
      expect(target.subarray(10).every((byte) => byte === 0)).toBe(true);
    });

    test("sync() resolves, also when the file is closed meanwhile", async () => {
      const { file, subject } = await newFile(createSubject);
      file.write(patternBytes(100_000), 0);
      await settled(subject, file.sync());
      file.write(patternBytes(100_000), 100_000);
      const syncing = file.sync();
      file.close();
      file.close();
      await settled(subject, syncing);
    });

    test("a closed file is read as long as it is retained", async () => {
      const { file, subject } = await newFile(createSubject);
      file.write(textBytes("kept"), 0);
      file.retain();
      file.retain();
      file.close();
      subject.runtime.files.remove(file.path);
      file.release();
      expect(textAt(file, 0, 4)).toBe("kept");
      file.release();
      expect(() => file.read(new Uint8Array(4), 0)).toThrow();
      expect(() => file.release()).toThrow();
    });

    test("a range retained before the close can be queued and read until its last release", async () => {
      const { file } = await newFile(createSubject);
      file.write(textBytes("kept"), 0);
      file.retain();
      file.close();
      // The connection that takes the range over retains it for itself before the first holder lets go.
      file.retain();
      file.release();
      expect(textAt(file, 0, 4)).toBe("kept");
      file.release();
      expect(codeOf(() => file.read(new Uint8Array(4), 0))).toBe("EBADF");
    });

    test("a file that nobody holds any more can't be retained, and leaves its successors alone", async () => {
      const { file, subject } = await newFile(createSubject);
      file.write(textBytes("first"), 0);
      file.retain();
      file.close();
      file.release();
      // On a disk it gets the number of the descriptor that has become free.
      const next = subject.runtime.files.open(`${file.path}.next`, "exclusive");
      next.write(textBytes("second"), 0);
      expect(codeOf(() => file.retain())).toBe("EBADF");
      expect(() => file.release()).toThrow();
      file.close();
      expect(codeOf(() => file.read(new Uint8Array(4), 0))).toBe("EBADF");
      expect(codeOf(() => file.write(textBytes("stray"), 0))).toBe("EBADF");
      expect(codeOf(() => file.truncate(0))).toBe("EBADF");
      expect(codeOf(() => file.size())).toBe("EBADF");
      await expect(settled(subject, file.sync())).rejects.toMatchObject({ code: "EBADF" });
      expect(textAt(next, 0, 6)).toBe("second");
      next.close();
    });

    test("two handles of a file see each other's writes", async () => {
      const { file, subject } = await newFile(createSubject);
      const other = subject.runtime.files.open(file.path, "read");
      file.write(textBytes("shared"), 0);
      expect(textAt(other, 0, 6)).toBe("shared");
      expect(() => other.write(textBytes("x"), 0)).toThrow();
      other.close();
    });
  });

  describe(`files of ${name}: names`, () => {
    test("open modes", async () => {
      const { runtime, directory } = await createSubject();
      const path = `${directory}/file`;
      expect(codeOf(() => runtime.files.open(path, "read"))).toBe("ENOENT");
      expect(codeOf(() => runtime.files.open(path, "write"))).toBe("ENOENT");
      expect(codeOf(() => runtime.files.open(`${directory}/none/file`, "create"))).toBe("ENOENT");
      const created = runtime.files.open(path, "create");
      created.write(textBytes("content"), 0);
      created.close();
      expect(codeOf(() => runtime.files.open(path, "exclusive"))).toBe("EEXIST");
      for (const mode of ["create", "write", "read"] as const) {
        const file = runtime.files.open(path, mode);
        expect(file.path).toBe(path);
        expect(textAt(file, 0, 10)).toBe("content");
        file.close();
      }
      runtime.files.open(`${directory}/fresh`, "exclusive").close();
      expect(runtime.files.stat(`${directory}/fresh`)?.sizeBytes).toBe(0);
    });

    test("directories are made with their parents and listed", async () => {
      const { runtime, directory } = await createSubject();
      const { files } = runtime;
      files.makeDirectory(`${directory}/a/b/c`);
      files.makeDirectory(`${directory}/a/b/c`);
      files.open(`${directory}/a/file`, "create").close();
      const entries = files.list(`${directory}/a`).sort((one, other) => (one.name < other.name ? -1 : 1));
      expect(entries).toEqual([
        { name: "b", kind: "directory" },
        { name: "file", kind: "file" },
      ]);
      expect(codeOf(() => files.list(`${directory}/none`))).toBe("ENOENT");
      expect(codeOf(() => files.list(`${directory}/a/file`))).toBe("ENOTDIR");
      expect(codeOf(() => files.makeDirectory(`${directory}/a/file`))).toBe("EEXIST");
    });

    test("stat tells kind, size and time, and nothing of what is not there", async () => {
      const { runtime, directory } = await createSubject();
      const file = runtime.files.open(`${directory}/file`, "create");
      file.write(new Uint8Array(123), 0);
      file.close();
      const stat = runtime.files.stat(`${directory}/file`)!;
      expect([stat.kind, stat.sizeBytes]).toEqual(["file", 123]);
      expect(Math.abs(stat.modifiedMs - runtime.clock.now())).toBeLessThan(60_000);
      expect(runtime.files.stat(directory)?.kind).toBe("directory");
      expect(runtime.files.stat(`${directory}/none`)).toBeUndefined();
      expect(runtime.files.stat(`${directory}/none/deeper`)).toBeUndefined();
      expect(runtime.files.stat(`${directory}/file/deeper`)).toBeUndefined();
    });

    test("rename replaces, and a handle keeps what it opened", async () => {
      const { runtime, directory } = await createSubject();
      const { files } = runtime;
      const before = files.open(`${directory}/checkpoint`, "create");
      before.write(textBytes("old"), 0);
      const after = files.open(`${directory}/checkpoint.tmp`, "create");
      after.write(textBytes("new"), 0);
      files.rename(`${directory}/checkpoint.tmp`, `${directory}/checkpoint`);
      expect(files.list(directory).map((entry) => entry.name)).toEqual(["checkpoint"]);
      const opened = files.open(`${directory}/checkpoint`, "read");
      expect(textAt(opened, 0, 9)).toBe("new");
      expect(textAt(before, 0, 9)).toBe("old");
      for (const file of [before, after, opened]) file.close();
      expect(codeOf(() => files.rename(`${directory}/none`, `${directory}/other`))).toBe("ENOENT");
    });

    test("a directory is renamed with its content; open files go with it", async () => {
      const { runtime, directory } = await createSubject();
      const { files } = runtime;
      files.makeDirectory(`${directory}/topic-0`);
      const file = files.open(`${directory}/topic-0/log`, "create");
      files.rename(`${directory}/topic-0`, `${directory}/topic-0.delete`);
      file.write(textBytes("late"), 0);
      expect(files.stat(`${directory}/topic-0.delete/log`)?.sizeBytes).toBe(4);
      expect(files.stat(`${directory}/topic-0`)).toBeUndefined();
      file.close();
    });

    test("remove takes a file, a whole directory, and nothing without complaint", async () => {
      const { runtime, directory } = await createSubject();
      const { files } = runtime;
      files.makeDirectory(`${directory}/a/b`);
      files.open(`${directory}/a/b/file`, "create").close();
      const open = files.open(`${directory}/a/open`, "create");
      open.write(textBytes("still"), 0);
      files.remove(`${directory}/a`);
      files.remove(`${directory}/a`);
      expect(files.list(directory)).toEqual([]);
      expect(textAt(open, 0, 5)).toBe("still");
      open.close();
    });

    test("an absolute path begins at the root, and keeps its dots", async () => {
      const { files } = (await createSubject()).runtime;
      if (files.absolute === undefined) return;
      expect(files.absolute("./data//a/")).toBe(`${process.cwd()}/./data/a`);
      expect(files.absolute("/srv//data/")).toBe("/srv/data");
      expect(files.absolute("/")).toBe("/");
    });

    test("removeLater takes one file after another, and nothing without complaint", async () => {
      const subject = await createSubject();
      const { files } = subject.runtime;
      if (files.removeLater === undefined) return;
      const paths = ["a", "b", "none"].map((name) => `${subject.directory}/${name}`);
      const open = files.open(paths[0]!, "create");
      open.write(textBytes("still"), 0);
      files.open(paths[1]!, "create").close();
      const removed = paths.map((path) => files.removeLater!(path));
      expect(files.stat(paths[1]!)).toBeDefined();
      await settled(subject, Promise.all(removed));
      expect(files.list(subject.directory)).toEqual([]);
      expect(textAt(open, 0, 5)).toBe("still");
      open.close();
      files.makeDirectory(`${subject.directory}/c`);
      files.open(`${subject.directory}/c/file`, "create").close();
      await failureOf(subject, files.removeLater(`${subject.directory}/c`));
      files.open(paths[0]!, "create").close();
      await settled(subject, files.removeLater(paths[0]!));
      expect(files.stat(paths[0]!)).toBeUndefined();
    });

    test("syncDirectory resolves also when the directory is renamed meanwhile", async () => {
      const subject = await createSubject();
      const { files } = subject.runtime;
      const [before, after] = ["before", "after"].map((name) => `${subject.directory}/${name}`);
      files.makeDirectory(before!);
      const synced = files.syncDirectory(before!);
      files.rename(before!, after!);
      await settled(subject, synced);
      expect(files.stat(after!)?.kind).toBe("directory");
    });

    test("syncDirectory resolves, and rejects where there is none", async () => {
      const subject = await createSubject();
      const { files } = subject.runtime;
      files.open(`${subject.directory}/file`, "create").close();
      await settled(subject, files.syncDirectory(subject.directory));
      expect((await failureOf(subject, files.syncDirectory(`${subject.directory}/none`))).code).toBe("ENOENT");
    });

    test("setReadOnly leaves the file readable", async () => {
      const { runtime, directory } = await createSubject();
      const file = runtime.files.open(`${directory}/old-segment`, "create");
      file.write(textBytes("sealed"), 0);
      file.close();
      runtime.files.setReadOnly(`${directory}/old-segment`);
      const opened = runtime.files.open(`${directory}/old-segment`, "read");
      expect(textAt(opened, 0, 6)).toBe("sealed");
      opened.close();
    });

    test("diskSpace tells the total and what is left", async () => {
      const { runtime, directory } = await createSubject();
      const { totalBytes, usableBytes } = runtime.files.diskSpace(directory);
      expect(totalBytes).toBeGreaterThan(2 ** 20);
      expect(usableBytes).toBeGreaterThan(0);
      expect(usableBytes).toBeLessThanOrEqual(totalBytes);
      expect(codeOf(() => runtime.files.diskSpace(`${directory}/none`))).toBe("ENOENT");
    });
  });
}

async function newFile(createSubject: CreateSubject): Promise<{ subject: Subject; file: File }> {
  const subject = await createSubject();
  return { subject, file: subject.runtime.files.open(`${subject.directory}/file`, "create") };
}

function textAt(file: File, position: number, length: number): string {
  const target = new Uint8Array(length);
  return new TextDecoder().decode(target.subarray(0, file.read(target, position)));
}

function codeOf(call: () => unknown): string | undefined {
  try {
    call();
  } catch (error) {
    return (error as { code?: string }).code;
  }
  throw new Error("It succeeded");
}
