import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const IMAGE_BYTES = 128 * 1024 * 1024;
/** If the test dies, nobody else would thaw it, and whoever has written to it could not even be killed. */
const LONGEST_FREEZE_S = 60;

/** An ext4 in a file, which fsfreeze(8) stops: whoever writes to it waits in the kernel, until it is thawed. */
export class FreezableDisk implements Disposable {
  readonly path: string;
  private watchdog: ChildProcess | undefined;

  constructor(directory: string) {
    const image = join(directory, "image");
    this.path = join(directory, "disk");
    mkdirSync(this.path, { recursive: true });
    writeFileSync(image, "");
    truncateSync(image, IMAGE_BYTES);
    run("mkfs.ext4", "-q", image);
    run("mount", "-o", "loop", image, this.path);
  }

  /** What such a disk lacks here; undefined when there can be one. */
  static obstacle(directory: string): string | undefined {
    try {
      const disk = new FreezableDisk(directory);
      try {
        disk.freeze();
        disk.thaw();
      } finally {
        disk[Symbol.dispose]();
      }
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  }

  freeze(): void {
    this.watchdog = spawn("sh", ["-c", `sleep ${LONGEST_FREEZE_S}; exec fsfreeze -u "$0"`, this.path], {
      detached: true,
      stdio: "ignore",
    });
    this.watchdog.unref();
    run("fsfreeze", "-f", this.path);
  }

  /** Nothing, when it is not frozen. */
  thaw(): void {
    if (this.watchdog === undefined) return;
    spawnSync("fsfreeze", ["-u", this.path]);
    process.kill(-this.watchdog.pid!);
    this.watchdog = undefined;
  }

  [Symbol.dispose](): void {
    this.thaw();
    spawnSync("umount", [this.path]);
  }
}

function run(program: string, ...args: string[]): void {
  const { status, stderr, error } = spawnSync(program, args, { encoding: "utf8", timeout: 60_000 });
  if (status !== 0) throw new Error(`${program} ${args.join(" ")}: ${error?.message ?? stderr.trim()}`);
}
