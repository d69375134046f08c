import { expect, test } from "vitest";
import { ColdReads } from "../../adapters/shared/cold-reads.ts";
import type { DiskFile } from "../../adapters/shared/disk-file.ts";
import type { WatchedDisk } from "../../adapters/shared/disk-watch/watched-disk.ts";
import { soon } from "../patience.ts";

const target = new Uint8Array(4);
const turn = () => new Promise((resolve) => setImmediate(resolve));

test("a disk that hangs has one thread of those that read from disks, and for two seconds; then it is refused until it answers", async () => {
  const reads = new ColdReads();
  const disk = new SlowDisk();
  const settled: string[] = [];
  const read = (file: SlowFile, name: string) =>
    reads.read({ file: file.asFile, position: 0, length: 4 }, 0, target, (error) =>
      settled.push(`${name}: ${(error as NodeJS.ErrnoException | null)?.code ?? "read"}`),
    );
  const [first, second, other, unwatched] = [
    new SlowFile(disk),
    new SlowFile(disk),
    new SlowFile(new SlowDisk()),
    new SlowFile(undefined),
  ];
  read(first, "first");
  read(second, "second");
  read(other, "other");
  read(unwatched, "unwatched");
  expect([first, second, other, unwatched].map(({ isReading }) => isReading)).toEqual([true, false, true, false]);
  other.end();
  expect(unwatched.isReading).toBe(true);
  unwatched.end();
  expect(settled).toEqual(["other: read", "unwatched: read"]);

  await expect.poll(() => settled.length, soon).toBe(4);
  expect(settled.slice(2).toSorted()).toEqual(["first: EAGAIN", "second: EAGAIN"]);
  expect(disk.isStalled).toBe(true);
  read(second, "again");
  expect(settled).toHaveLength(4);
  await turn();
  expect(settled.at(-1)).toBe("again: EAGAIN");
  for (let count = 0; count < 2; count++) {
    read(other, "other");
    expect(other.isReading).toBe(true);
    other.end();
  }

  first.end();
  await turn();
  expect([disk.isStalled, settled.length]).toEqual([false, 7]);
  read(second, "second");
  second.end();
  expect(settled.at(-1)).toBe("second: read");
  expect([first, second, other, unwatched].map(({ retained }) => retained)).toEqual([0, 0, 0, 0]);
});

class SlowDisk {
  isStalled = false;

  stallUntil(ended: Promise<void>): void {
    this.isStalled = true;
    void ended.then(() => {
      this.isStalled = false;
    });
  }
}

/** Whose reads end when they are told to. */
class SlowFile {
  readonly path = "file";
  readonly tellsWhatIsCached = false;
  readonly disk: WatchedDisk | undefined;
  isReading = false;
  retained = 0;
  private done: (error: Error | null, count: number) => void = () => {};

  constructor(disk: SlowDisk | undefined) {
    this.disk = disk as unknown as WatchedDisk | undefined;
  }

  get asFile(): DiskFile {
    return this as unknown as DiskFile;
  }

  retain(): void {
    this.retained++;
  }

  release(): void {
    this.retained--;
  }

  readInThread(_: Uint8Array, __: number, done: (error: Error | null, count: number) => void): void {
    this.isReading = true;
    this.done = done;
  }

  end(): void {
    this.isReading = false;
    this.done(null, target.length);
  }
}
