import { spawnSync } from "node:child_process";
import { closeSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";

const CHUNK_BYTES = 64 << 10;
const MOUNT_LIMIT_MS = 20_000;

/** A file system of its own at a directory, which can be filled to the last byte and emptied again. */
export class SmallDisk {
  private readonly directory: string;
  private readonly unmount = () => this.dispose();

  constructor(directory: string, sizeBytes: number) {
    this.directory = directory;
    const { status, stderr } = mount(directory, sizeBytes);
    if (status !== 0) throw new Error(`A disk of ${sizeBytes} bytes can't be mounted at ${directory}: ${stderr}`);
    process.once("exit", this.unmount);
  }

  /** Tried at this directory, which has to be there. */
  static isPermitted(directory: string): boolean {
    const isPermitted = mount(directory, CHUNK_BYTES).status === 0;
    if (isPermitted) attempt("umount", [directory]);
    return isPermitted;
  }

  fill(): void {
    const file = openSync(this.ballast, "w");
    try {
      for (let size = CHUNK_BYTES; size >= 1; size >>= 1) fillBy(file, Buffer.alloc(size, 1));
    } finally {
      closeSync(file);
    }
  }

  empty(): void {
    rmSync(this.ballast, { force: true });
  }

  /** To be called when no process uses it any more. */
  dispose(): void {
    process.off("exit", this.unmount);
    attempt("umount", ["--lazy", this.directory]);
  }

  private get ballast(): string {
    return join(this.directory, "ballast");
  }
}

function mount(directory: string, sizeBytes: number) {
  return attempt("mount", ["-t", "tmpfs", "-o", `size=${sizeBytes}`, "tmpfs", directory]);
}

function attempt(program: string, args: readonly string[]) {
  return spawnSync(program, args, { encoding: "utf8", timeout: MOUNT_LIMIT_MS });
}

function fillBy(file: number, chunk: Buffer): void {
  try {
    for (;;) writeSync(file, chunk);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
  }
}
