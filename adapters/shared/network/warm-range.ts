import type { DiskFile } from "../files/disk-file.ts";

/** Pages that were just in memory are still there: the system drops what was not used for longest first. */
const staysWarmMs = 20;

/**
 * What of a file was found in the page cache for a connection: it need not be asked for again each time that the socket takes
 * some more of it.
 */
export class WarmRange {
  private file: DiskFile | undefined;
  private start = 0;
  private end = 0;
  private untilMs = 0;

  found(file: DiskFile, position: number, length: number, nowMs: number): void {
    this.file = file;
    this.start = position;
    this.end = position + length;
    this.untilMs = nowMs + staysWarmMs;
  }

  holds(file: DiskFile, position: number, length: number, nowMs: number): boolean {
    const isInside = file === this.file && position >= this.start && position + length <= this.end;
    return isInside && nowMs < this.untilMs;
  }
}
