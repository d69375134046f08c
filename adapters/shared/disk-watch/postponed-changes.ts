/** A file with changes that the disk does not have yet. */
export interface ChangedFile {
  retain(): void;
  release(): void;
}

/** A change that waits until a stalled disk answers. */
export type Change<File extends ChangedFile> =
  | { readonly call: "write"; readonly file: File; readonly position: number; readonly bytes: Uint8Array }
  | { readonly call: "truncate"; readonly file: File; readonly sizeBytes: number }
  | ({ readonly call: "create"; readonly file: File } & Named)
  | ({ readonly call: "rename"; readonly to: string } & Named)
  | ({ readonly call: "mkdir" | "remove" | "chmod" | "utimes" } & Named);

interface Named {
  readonly path: string;
  readonly to?: string;
  readonly timeMs?: number;
}

/**
 * What is found under a name once the postponed changes are made: a file that does not exist on the disk yet, what the disk has
 * under `paths`, or nothing. While a rename is in progress, the disk may have the file under either name: try them in this order.
 */
export type Found<File> =
  | { readonly kind: "file"; readonly file: File }
  | { readonly kind: "directory" }
  | { readonly kind: "onDisk"; readonly paths: readonly string[] }
  | { readonly kind: "nothing" };

/**
 * Changes that wait for a disk, in their order, and what the files look like with them, so that code in the middle of something
 * goes on as if they had been made. If the process ends first they are lost, as if it had ended that much earlier.
 */
export class PostponedChanges<File extends ChangedFile> {
  private readonly changes: Change<File>[] = [];

  get isEmpty(): boolean {
    return this.changes.length === 0;
  }

  add(change: Change<File>): void {
    if ("file" in change) change.file.retain();
    this.changes.push(change);
  }

  /** Makes the changes until `make` returns false. Returns whether none is left. When `make` throws, all that are left are dropped. */
  makeAll(make: (change: Change<File>) => boolean): boolean {
    try {
      for (let change = this.changes[0]; change !== undefined; change = this.changes[0]) {
        if (!make(change)) return false;
        this.forgetFirst();
      }
      return true;
    } catch (error) {
      while (!this.isEmpty) this.forgetFirst();
      throw error;
    }
  }

  find(path: string): Found<File> {
    let name = path;
    let newName: string | undefined;
    for (const change of this.changes.toReversed()) {
      if (change.call === "create" && change.path === name) return { kind: "file", file: change.file };
      if (change.call === "mkdir" && change.path === name) return { kind: "directory" };
      if (change.call === "rename" && isIn(name, change.to)) {
        if (change === this.changes[0]) newName = name;
        name = change.path + name.slice(change.to.length);
      } else if ((change.call === "rename" || change.call === "remove") && isIn(name, change.path))
        return { kind: "nothing" };
    }
    return { kind: "onDisk", paths: newName === undefined ? [name] : [name, newName] };
  }

  /** The files whose content differs from what the disk has. */
  get changedFiles(): ReadonlySet<File> {
    return new Set(this.changes.flatMap((change) => ("file" in change ? [change.file] : [])));
  }

  sizeOf(file: File, sizeOnDisk: number): number {
    let sizeBytes = sizeOnDisk;
    for (const change of this.changes) {
      if (!("file" in change) || change.file !== file) continue;
      if (change.call === "truncate") sizeBytes = change.sizeBytes;
      if (change.call === "write") sizeBytes = Math.max(sizeBytes, change.position + change.bytes.length);
    }
    return sizeBytes;
  }

  /** Applies the changes to `target`, which holds the `count` bytes that the disk has at `position`. Returns the new count. */
  read(file: File, target: Uint8Array, position: number, count: number): number {
    let end = count;
    const growTo = (newEnd: number) => {
      if (newEnd > end) target.fill(0, end, newEnd);
      end = newEnd;
    };
    for (const change of this.changes) {
      if (!("file" in change) || change.file !== file) continue;
      if (change.call === "truncate") growTo(Math.min(target.length, Math.max(0, change.sizeBytes - position)));
      if (change.call !== "write") continue;
      const start = change.position - position;
      const writtenEnd = Math.min(target.length, start + change.bytes.length);
      if (writtenEnd <= 0 || start >= target.length) continue;
      growTo(Math.max(end, writtenEnd));
      target.set(change.bytes.subarray(Math.max(0, -start), writtenEnd - start), Math.max(0, start));
    }
    return end;
  }

  private forgetFirst(): void {
    const change = this.changes.shift()!;
    if ("file" in change) change.file.release();
  }
}

export function isIn(path: string, directory: string): boolean {
  return path === directory || path.startsWith(`${directory}/`);
}
