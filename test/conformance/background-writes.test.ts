import { describe, expect, test } from "vitest";
import { name } from "#adapter";
import { createAdapterSubject } from "./adapter.subject.ts";
import { differsAt, failureOf, patternBytes } from "./subject.ts";

const largeBytes = 32_000_000;
/** On a busy machine the other thread may be done before the loop has looked. */
const attempts = 20;

describe(`writes of ${name} in the background`, () => {
  test("the loop goes on before the bytes are written", async () => {
    const subject = await createAdapterSubject();
    const content = patternBytes(largeBytes);
    let sizeAfterCall = largeBytes;
    for (let attempt = 0; attempt < attempts && sizeAfterCall === largeBytes; attempt++) {
      const file = subject.runtime.files.open(`${subject.directory}/segment-${attempt}`, "create");
      const written = file.writeLater(content, 0);
      sizeAfterCall = file.size();
      await written;
      const target = new Uint8Array(largeBytes);
      expect(file.read(target, 0)).toBe(largeBytes);
      expect(differsAt(target, content)).toBeUndefined();
      file.close();
      subject.runtime.files.remove(file.path);
    }
    expect(sizeAfterCall).toBeLessThan(largeBytes);
  });

  test.runIf(process.platform === "linux")("a full disk is told by its name", async () => {
    const subject = await createAdapterSubject();
    const file = subject.runtime.files.open("/dev/full", "write");
    for (const size of [100, 100_000]) {
      expect(await failureOf(subject, file.writeLater(patternBytes(size), 0))).toMatchObject({ code: "ENOSPC" });
    }
    file.close();
  });

  test("a file that was opened for reading is not written to", async () => {
    const subject = await createAdapterSubject();
    const { files } = subject.runtime;
    files.open(`${subject.directory}/segment`, "create").close();
    const file = files.open(`${subject.directory}/segment`, "read");
    for (const size of [100, 100_000]) {
      expect(await failureOf(subject, file.writeLater(patternBytes(size), 0))).toMatchObject({ code: "EBADF" });
    }
    expect(file.size()).toBe(0);
  });
});
