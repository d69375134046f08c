import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { onTestFinished } from "vitest";

/** The Node that came with the packages, for a helper that must behave the same whatever runs the tests. */
export const bundledNode = join(import.meta.dirname, "../../node_modules/node/bin/node");

const maxWaitMs = 120_000;

/** A process of its own, killed when the test ends. */
export class Child {
  readonly lines: string[] = [];
  private readonly process: ChildProcess;
  private hasExited = false;
  private errorText = "";

  /** Runs a script of `processes/` by the given runtime, or by the one that runs the tests; `redirection` is the shell's. */
  constructor(script: string, args: readonly string[] = [], executable = process.execPath, redirection = "") {
    const path = join(import.meta.dirname, "processes", script);
    const isDeno = /deno[^/]*$/.test(executable);
    const flags = isDeno ? ["run", "--allow-all", "--quiet"] : ["--no-warnings"];
    const command = /node[^/]*$/.test(executable) || isDeno ? [...flags, path, ...args] : [path, ...args];
    const shell = ["-c", `exec "$0" "$@" ${redirection}`];
    this.process = spawn("/bin/sh", [...shell, executable, ...command], { stdio: ["pipe", "pipe", "pipe"] });
    this.process.on("exit", () => {
      this.hasExited = true;
    });
    this.process.stderr!.on("data", (chunk) => {
      this.errorText += chunk;
    });
    createInterface({ input: this.process.stdout! }).on("line", (line) => this.lines.push(line));
    onTestFinished(() => this.kill());
  }

  /** Waits for the line that comes after those that were read before. */
  async line(index = 0): Promise<string> {
    for (let waitedMs = 0; this.lines.length <= index; waitedMs += 5) {
      if (waitedMs > maxWaitMs || (this.hasExited && waitedMs > 500))
        throw new Error(`No line ${index} from the process. ${this.errorText}`);
      await sleep(5);
    }
    return this.lines[index]!;
  }

  /** What it wrote to its error stream. */
  errors(): string {
    return this.errorText;
  }

  async exitCode(): Promise<number | null> {
    while (!this.hasExited) await sleep(1);
    // Its last output may arrive after its end.
    await sleep(50);
    return this.process.exitCode;
  }

  write(text: string): void {
    this.process.stdin!.write(text);
  }

  signal(signal: NodeJS.Signals): void {
    // Not the child's own kill(): on Deno it waits for the process to exit, whatever the signal.
    process.kill(this.process.pid!, signal);
  }

  /** Waits until the process does not run any more, after SIGSTOP. */
  async stopped(): Promise<void> {
    while (stateOf(this.process.pid!) !== "T") await sleep(1);
  }

  /** kill -9, and the wait for it. */
  async kill(): Promise<void> {
    this.process.kill("SIGKILL");
    while (!this.hasExited) await sleep(1);
  }
}

/** The letter of proc_pid_stat(5). */
function stateOf(pid: number): string {
  const text = readFileSync(`/proc/${pid}/stat`, "latin1");
  return text.charAt(text.lastIndexOf(")") + 2);
}
