import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { LoopDisk, run } from "./loop-disk.ts";

/** If the test dies, nobody else would thaw it, and whoever has written to it could not even be killed. */
const LONGEST_FREEZE_S = 60;

/** One that fsfreeze(8) stops: whoever writes to it waits in the kernel, until it is thawed. What only reads is answered. */
export class FreezableDisk extends LoopDisk {
  private watchdog: ChildProcess | undefined;

  hang(): void {
    this.watchdog = spawn("sh", ["-c", `sleep ${LONGEST_FREEZE_S}; exec fsfreeze -u "$0"`, this.path], {
      detached: true,
      stdio: "ignore",
    });
    this.watchdog.unref();
    run("fsfreeze", "-f", this.path);
  }

  answer(): void {
    if (this.watchdog === undefined) return;
    spawnSync("fsfreeze", ["-u", this.path]);
    process.kill(-this.watchdog.pid!);
    this.watchdog = undefined;
  }
}
