import { spawn } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

interface Segment {
  readonly path: string;
  /** Position in the log at which it ends. */
  readonly end: number;
}

/**
 * Drops the pages of a log's segments from the page cache behind a consumer that has read them (GNU dd knows how), so that
 * what it reads next time is on the disk only. A log dropped at once gives the machine gigabytes of free memory: a virtual one
 * stood still for up to half a second while it filled them again.
 */
export class PageDropper {
  private readonly segments: readonly Segment[];
  private readonly drop: (path: string) => Promise<void>;
  private readonly drops: Promise<void>[] = [];
  private next = 0;
  private position = 0;

  /** Nothing is to be appended from then on. */
  constructor(partitionDirectory: string, drop = dropPages) {
    this.drop = drop;
    let end = 0;
    this.segments = segmentPaths(partitionDirectory).map((path) => {
      end += statSync(path).size;
      return { path, end };
    });
  }

  /** So much of the log has been read behind what had been before; it starts anew at its end. */
  advance(bytes: number): void {
    this.position += bytes;
    for (let segment = this.segments[this.next]!; this.position >= segment.end; segment = this.segments[this.next]!) {
      this.drops.push(this.drop(segment.path));
      this.next++;
      if (this.next === this.segments.length) {
        this.next = 0;
        this.position -= segment.end;
      }
    }
  }

  /** Rejects when the pages of a segment could not be dropped. */
  async finish(): Promise<void> {
    await Promise.all(this.drops);
  }
}

/** In the order of their offsets. */
export function segmentPaths(partitionDirectory: string): readonly string[] {
  const names = readdirSync(partitionDirectory).filter((name) => name.endsWith(".log"));
  return names.sort().map((name) => join(partitionDirectory, name));
}

/** What is not on the disk yet is written to it first, or else it stays. */
export function dropPages(path: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const child = spawn("dd", [`of=${path}`, "oflag=nocache", "conv=notrunc,fdatasync", "count=0"], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let errors = "";
  child.stderr.on("data", (chunk: Buffer) => {
    errors += chunk.toString();
  });
  child.on("error", reject);
  child.on("close", (code) => {
    if (code === 0) resolve();
    else reject(new Error(`dd could not drop the pages of ${path}: ${errors}`));
  });
  return promise;
}
