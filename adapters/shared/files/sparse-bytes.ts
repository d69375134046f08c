import type { Random } from "../../../src/runtime.ts";

const pageBytes = 4096;

/** Counts the pages of all files of a file system against its size. */
export interface PageBudget {
  usedBytes: number;
  readonly totalBytes: number;
}

/** Thrown when the budget is used up. */
export class NoSpaceError extends Error {}

/**
 * The content of a file in pages that exist only where something was written, and the memory of what the disk has: each
 * page as it was at the last sync is kept from its first change on, so that a power cut can take everything since back.
 */
export class SparseBytes {
  private readonly budget: PageBudget;
  private pages = new Map<number, Uint8Array>();
  private sizeBytes = 0;
  /** The synced form of every page changed since; undefined: there was none. */
  private syncedPages = new Map<number, Uint8Array | undefined>();
  private syncedSizeBytes = 0;

  constructor(budget: PageBudget) {
    this.budget = budget;
  }

  size(): number {
    return this.sizeBytes;
  }

  read(target: Uint8Array, position: number): number {
    const count = Math.max(0, Math.min(target.length, this.sizeBytes - position));
    for (let done = 0; done < count; ) {
      const offset = (position + done) % pageBytes;
      const length = Math.min(pageBytes - offset, count - done);
      const page = this.pages.get(Math.floor((position + done) / pageBytes));
      if (page === undefined) target.fill(0, done, done + length);
      else target.set(page.subarray(offset, offset + length), done);
      done += length;
    }
    return count;
  }

  write(source: Uint8Array, position: number): void {
    for (let done = 0; done < source.length; ) {
      const offset = (position + done) % pageBytes;
      const length = Math.min(pageBytes - offset, source.length - done);
      const page = this.pageForWriting(Math.floor((position + done) / pageBytes));
      page.set(source.subarray(done, done + length), offset);
      done += length;
      this.sizeBytes = Math.max(this.sizeBytes, position + done);
    }
  }

  truncate(sizeBytes: number): void {
    for (const index of this.pages.keys()) if (index * pageBytes >= sizeBytes) this.dropPage(index);
    const tail = Math.floor(sizeBytes / pageBytes);
    if (sizeBytes < this.sizeBytes && this.pages.has(tail)) this.pageForWriting(tail).fill(0, sizeBytes % pageBytes);
    this.sizeBytes = sizeBytes;
  }

  sync(): void {
    this.syncedPages = new Map();
    this.syncedSizeBytes = this.sizeBytes;
  }

  /** Back to the last sync; with chance given, some of what came after it has got to the disk, up to any byte of a page. */
  loseUnsynced(random?: Pick<Random, "integer">): void {
    for (const [index, synced] of this.syncedPages) {
      const kept = random === undefined ? 0 : keptBytes(random);
      const page = kept === 0 ? undefined : this.pages.get(index)?.subarray(0, kept);
      this.dropPage(index);
      if (synced === undefined && page === undefined) continue;
      const result = synced ?? new Uint8Array(pageBytes);
      if (page !== undefined) result.set(page);
      this.pages.set(index, result);
      this.budget.usedBytes += pageBytes;
    }
    const { sizeBytes, syncedSizeBytes } = this;
    this.sizeBytes = Math.max(sizeBytes, syncedSizeBytes);
    this.truncate(random === undefined ? syncedSizeBytes : sizeBetween(syncedSizeBytes, sizeBytes, random));
    this.sync();
  }

  /** How much there was at the last sync. */
  syncedSize(): number {
    return this.syncedSizeBytes;
  }

  /** The medium decays: the bit is another in memory and on the disk, and nobody has written it. */
  flipBit(position: number, bit: number): void {
    const index = Math.floor(position / pageBytes);
    for (const page of [this.pages.get(index), this.syncedPages.get(index)]) {
      if (page !== undefined) page[position % pageBytes]! ^= 1 << bit;
    }
  }

  /** Gives the space back. */
  free(): void {
    this.budget.usedBytes -= this.pages.size * pageBytes;
    this.pages = new Map();
  }

  private pageForWriting(index: number): Uint8Array {
    const page = this.pages.get(index);
    if (page !== undefined) {
      if (!this.syncedPages.has(index)) this.syncedPages.set(index, page.slice());
      return page;
    }
    if (this.budget.usedBytes + pageBytes > this.budget.totalBytes) throw new NoSpaceError("No space left");
    this.budget.usedBytes += pageBytes;
    if (!this.syncedPages.has(index)) this.syncedPages.set(index, undefined);
    const fresh = new Uint8Array(pageBytes);
    this.pages.set(index, fresh);
    return fresh;
  }

  private dropPage(index: number): void {
    const page = this.pages.get(index);
    if (page === undefined) return;
    if (!this.syncedPages.has(index)) this.syncedPages.set(index, page);
    this.pages.delete(index);
    this.budget.usedBytes -= pageBytes;
  }
}

/** All of the page, nothing, or a beginning: more often a short one, as most files of tests are. */
function keptBytes(random: Pick<Random, "integer">): number {
  switch (random.integer(4)) {
    case 0:
      return 0;
    case 1:
      return pageBytes;
    default:
      return random.integer(random.integer(pageBytes) + 1);
  }
}

function sizeBetween(synced: number, current: number, random: Pick<Random, "integer">): number {
  switch (random.integer(3)) {
    case 0:
      return synced;
    case 1:
      return current;
    default:
      return Math.min(synced, current) + random.integer(Math.abs(current - synced) + 1);
  }
}
