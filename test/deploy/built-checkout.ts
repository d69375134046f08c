import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { serverCommands } from "../clients/polylog-server.ts";

const root = resolve(import.meta.dirname, "../..");

/** A checkout of its own after `npm ci`: what is built and changed here is not what somebody is working on. */
export class BuiltCheckout {
  readonly directory = mkdtempSync(join(tmpdir(), "polylog-checkout-"));

  constructor() {
    for (const name of ["package.json", "package-lock.json", "deno.json", "deploy", "src", "adapters"])
      this.restore(name);
    symlinkSync(join(root, "node_modules"), join(this.directory, "node_modules"));
    execFileSync(process.execPath, ["deploy/bundle.js"], { cwd: this.directory, stdio: "pipe" });
  }

  path(name: string): string {
    return join(this.directory, name);
  }

  url(name: string): string {
    return pathToFileURL(this.path(name)).href;
  }

  /** What was copied, as it was. */
  restore(name: string): void {
    cpSync(join(root, name), this.path(name), { recursive: true, preserveTimestamps: true });
  }

  /** The command line that runs a script of this checkout, as npm's scripts run theirs. */
  command(runtime: string, script: string): readonly [string, ...string[]] {
    const [program, ...args] = serverCommands[runtime] as [string, ...string[]];
    return [program, ...args.slice(0, -1), this.path(script)];
  }

  run(runtime: string, script: string, ...args: string[]): string {
    const [program, ...rest] = this.command(runtime, script);
    return execFileSync(program, [...rest, ...args], { encoding: "utf8" });
  }

  dispose(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}
