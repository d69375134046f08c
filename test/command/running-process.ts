import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { onTestFinished } from "vitest";

/** The command as a process of its own, on the runtime that runs this test. */
export const runtime = process.env.POLYLOG_TEST_RUNTIME ?? "node";
const root = resolve(import.meta.dirname, "../..");
const program = join(root, "node_modules/.bin", runtime);
const prefix = runtime === "deno" ? ["run", "--allow-all", "--quiet"] : [];
const script = join(root, "adapters", runtime, "polylog.ts");

export interface RunningOptions {
  readonly environment?: Readonly<Record<string, string>>;
  /** What a shell does before. */
  readonly before?: string;
  /** Where a shell sends the output. */
  readonly redirection?: string;
}

/** It is killed when the test ends. */
export class Running {
  output = "";
  errors = "";
  readonly child: ChildProcess;
  readonly exited: Promise<number | null>;

  constructor(args: readonly string[], { environment = {}, before = "", redirection = "" }: RunningOptions = {}) {
    const shell = ["-c", `${before}\nexec "$0" "$@" ${redirection}`];
    this.child = spawn("/bin/sh", [...shell, program, ...prefix, script, ...args], {
      env: { ...process.env, ...environment },
    });
    onTestFinished(() => void this.child.kill("SIGKILL"));
    this.child.stdout!.on("data", (chunk) => {
      this.output += chunk;
    });
    this.child.stderr!.on("data", (chunk) => {
      this.errors += chunk;
    });
    this.exited = new Promise((resolve) => this.child.on("close", resolve));
  }

  /** By its number: Deno's child_process reports a child that was sent a signal as killed by it, whatever it does then. */
  signal(name: "SIGTERM" | "SIGINT" | "SIGHUP"): void {
    process.kill(this.child.pid!, name);
  }

  get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  async says(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.output);
      if (match !== null) return match;
      if (this.hasEnded) throw new Error(`It ended without ${pattern}:\n${this.output}\n${this.errors}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

/** Without a listener among the settings it is on a free port. */
export function startServer(settings: Readonly<Record<string, string>> = {}, options?: RunningOptions): Running {
  const directory = mkdtempSync(join(tmpdir(), "polylog-command-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true, maxRetries: 3 }));
  const all = { listeners: "PLAINTEXT://127.0.0.1:0", "log.dirs": `${directory}/data`, ...settings };
  const overrides = Object.entries(all).flatMap(([key, value]) => ["--override", `${key}=${value}`]);
  return new Running(["server", ...overrides], options);
}

export async function runToEnd(args: readonly string[], input = ""): Promise<Running> {
  const running = new Running(args);
  running.child.stdin!.end(input);
  await running.exited;
  return running;
}
