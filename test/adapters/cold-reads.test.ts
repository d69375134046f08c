import { expect, test } from "vitest";
import type { WatchedDisk } from "../../adapters/shared/disk-watch/watched-disk.ts";
import type { DiskFile } from "../../adapters/shared/files/disk-file.ts";
import { ColdReads } from "../../adapters/shared/network/cold-reads.ts";
import { soon } from "../patience.ts";

const target = new Uint8Array(4);
let targetsTaken = 0;
const takeTarget = () => {
  targetsTaken++;
  return target;
};
const turn = () => new Promise((resolve) => setImmediate(resolve));

test("of each disk that is watched two are read at a time, and two of all others", async () => {
  const reads = new ColdReads();
  const [disk, other] = [new SlowDisk(), new SlowDisk()];
  const files = [disk, disk, disk, other, undefined, undefined, undefined].map((each) => new SlowFile(each));
  const settled: number[] = [];
  for (const [index, file] of files.entries()) reads.read(rangeOf(file), 0, takeTarget, () => settled.push(index));
  const reading = () => files.flatMap(({ isReading }, index) => (isReading ? [index] : []));
  expect(reading()).toEqual([0, 1, 3, 4, 5]);
  expect(targetsTaken).toBe(5);
  for (const index of [1, 5]) files[index]!.end();
  await turn();
  expect([reading(), settled]).toEqual([
    [0, 2, 3, 4, 6],
    [1, 5],
  ]);
  for (const index of reading()) files[index]!.end();
  await turn();
  expect(files.map(({ retained }) => retained)).toEqual(files.map(() => 0));
});

test("a disk that hangs is waited for for two seconds; then it is refused until it answers", async () => {
  const reads = new ColdReads();
  const disk = new SlowDisk();
  const settled: string[] = [];
  const read = (file: SlowFile, name: string) =>
    reads.read(rangeOf(file), 0, takeTarget, (error) =>
      settled.push(`${name}: ${(error as NodeJS.ErrnoException | null)?.code ?? "read"}`),
    );
  const [first, second, third, other] = [disk, disk, disk, new SlowDisk()].map((each) => new SlowFile(each));
  read(first!, "first");
  read(second!, "second");
  read(third!, "third");
  await expect.poll(() => settled.length, soon).toBe(3);
  expect(settled.toSorted()).toEqual(["first: EAGAIN", "second: EAGAIN", "third: EAGAIN"]);
  expect(disk.isStalled).toBe(true);
  read(third!, "again");
  expect(settled).toHaveLength(3);
  await turn();
  expect(settled.at(-1)).toBe("again: EAGAIN");
  for (let count = 0; count < 2; count++) {
    read(other!, "other");
    expect(other!.isReading).toBe(true);
    other!.end();
    await turn();
  }

  for (const file of [first!, second!]) file.end();
  await turn();
  expect([disk.isStalled, settled.length]).toEqual([false, 6]);
  read(third!, "third");
  third!.end();
  await turn();
  expect(settled.at(-1)).toBe("third: read");
  expect([first, second, third, other].map((file) => file!.retained)).toEqual([0, 0, 0, 0]);
});

test("one that is frozen, as no changes come back, is read; when one read does not come back either, no other is tried", async () => {
  const reads = new ColdReads();
  const disk = new SlowDisk();
  disk.isStalled = true;
  const [first, second] = [new SlowFile(disk), new SlowFile(disk)];
  const codes: (string | undefined)[] = [];
  const note = (error: Error | null) => void codes.push((error as NodeJS.ErrnoException | null)?.code);
  reads.read(rangeOf(first), 0, takeTarget, note);
  first.end();
  await turn();
  expect(codes).toEqual([undefined]);
  reads.read(rangeOf(first), 0, takeTarget, note);
  await expect.poll(() => codes.length, soon).toBe(2);
  reads.read(rangeOf(second), 0, takeTarget, note);
  expect(second.isReading).toBe(false);
  await turn();
  expect(codes).toEqual([undefined, "EAGAIN", "EAGAIN"]);
  first.end();
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
  private done: (count: number) => void = () => {};

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

  readInThread(): Promise<number> {
    this.isReading = true;
    const { promise, resolve } = Promise.withResolvers<number>();
    this.done = resolve;
    return promise;
  }

  end(): void {
    this.isReading = false;
    this.done(target.length);
  }
}

function rangeOf(file: SlowFile) {
  return { file: file.asFile, position: 0, length: 4 };
}
