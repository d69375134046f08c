import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { accessSync, constants, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { LoopDisk, run } from "./loop-disk.ts";

/** Of the block layer, in bytes a second: for this process and those that it starts, and for the kernel's own. */
const CGROUPS = new Set(["/", /:blkio:(.*)/.exec(readFileSync("/proc/self/cgroup", "utf8"))?.[1] ?? "/"]);
const LIMITS = [...CGROUPS].flatMap((cgroup) =>
  ["read", "write"].map((kind) => join("/sys/fs/cgroup/blkio", cgroup, `blkio.throttle.${kind}_bps_device`)),
);
/** A page takes more than an hour. */
const DEAD_BYTES_PER_SECOND = 1;
const WITHOUT_LIMIT = 0;
/** If the test dies, nobody else would bring it back, and whoever has asked it for something could not even be killed. */
const LONGEST_DEATH_S = 90;

/** One of which the device takes and gives nothing: whoever asks for what is not in memory waits in the kernel, as with a disk that has died. */
export class DeadDisk extends LoopDisk {
  private watchdog: ChildProcess | undefined;
  private readonly device = run("stat", "-c", "%Hd:%Ld", this.path).trim();

  hang(): void {
    for (const path of LIMITS) accessSync(path, constants.W_OK);
    this.forget();
    this.hangWithMemory();
  }

  /** It gives so much, and takes so much. */
  slowDown(bytesPerSecond: number): void {
    this.forget();
    this.limitUntilAnswer(bytesPerSecond);
  }

  /** What the system has in memory is read, and written to: who wants that to be on the disk waits. */
  hangWithMemory(): void {
    this.limitUntilAnswer(DEAD_BYTES_PER_SECOND);
  }

  private limitUntilAnswer(bytesPerSecond: number): void {
    const { device } = this;
    const script = `sleep ${LONGEST_DEATH_S}; for limit in "$@"; do echo "${device} ${WITHOUT_LIMIT}" > "$limit"; done`;
    this.watchdog = spawn("sh", ["-c", script, "sh", ...LIMITS], { detached: true, stdio: "ignore" });
    this.watchdog.unref();
    limit(device, bytesPerSecond);
  }

  answer(): void {
    if (this.watchdog === undefined) return;
    limit(this.device, WITHOUT_LIMIT);
    process.kill(-this.watchdog.pid!);
    this.watchdog = undefined;
  }

  /** Nothing of its content is in memory any more; names and inodes that nobody has open neither. */
  private forget(): void {
    run("sync", "-f", this.path);
    for (const entry of readdirSync(this.path, { withFileTypes: true, recursive: true })) {
      // Some are gone by then.
      if (entry.isFile()) spawnSync("dd", [`if=${join(entry.parentPath, entry.name)}`, "iflag=nocache", "count=0"]);
    }
    writeFileSync("/proc/sys/vm/drop_caches", "2");
    run("blockdev", "--flushbufs", run("findmnt", "-n", "-o", "SOURCE", this.path).trim());
  }
}

function limit(device: string, bytesPerSecond: number): void {
  for (const path of LIMITS) writeFileSync(path, `${device} ${bytesPerSecond}`);
}
