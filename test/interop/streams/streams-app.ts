import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { vi } from "vitest";
import { PATIENCE_MS } from "../../patience.ts";
import { installApacheKafka } from "../apache-kafka/install.ts";

const rebalanceLimitMs = 3 * PATIENCE_MS;

/** The program of StreamsApp.java, compiled; `dispose` removes it. */
export class StreamsProgram {
  readonly directory = mkdtempSync(join(tmpdir(), "polylog-streams-"));

  constructor() {
    const classPath = installApacheKafka().streams;
    execFileSync("javac", ["-d", this.directory, "-cp", classPath, join(import.meta.dirname, "StreamsApp.java")]);
  }

  dispose(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

export interface StreamsAppOptions {
  readonly bootstrap: string;
  readonly application: string;
  /** Where this instance keeps its stores. */
  readonly stateDirectory: string;
  /** Of the names of the topics that it reads and writes. */
  readonly prefix: string;
}

/** One instance of the application, in a process of its own. */
export class StreamsApp {
  readonly #process: ChildProcess;
  readonly #exited: Promise<number | null>;
  #state = "CREATED";
  #errors = "";

  constructor(program: StreamsProgram, { bootstrap, application, stateDirectory, prefix }: StreamsAppOptions) {
    const logging = `-Dlog4j2.configurationFile=${join(import.meta.dirname, "../apache-kafka/log4j2.xml")}`;
    const options = [
      "-Xmx256m",
      "-XX:+UseSerialGC",
      "-XX:TieredStopAtLevel=1",
      logging,
      "-Dpolylog.interop.level=WARN",
    ];
    const classPath = `${program.directory}:${installApacheKafka().streams}`;
    const args = [...options, "-cp", classPath, "StreamsApp", bootstrap, application, stateDirectory, prefix];
    this.#process = spawn("java", args, { stdio: ["pipe", "pipe", "pipe"] });
    this.#process.stderr!.on("data", (chunk: Buffer) => {
      this.#errors = (this.#errors + chunk.toString()).slice(-10_000);
    });
    createInterface({ input: this.#process.stdout! }).on("line", (line) => {
      if (line.startsWith("state ")) this.#state = line.slice("state ".length);
      else this.#errors += `${line}\n`;
    });
    this.#exited = new Promise((resolve) => this.#process.once("exit", resolve));
  }

  /** Its tasks are assigned, and their stores restored. */
  async running(): Promise<void> {
    await vi.waitFor(
      () => {
        if (this.#state !== "RUNNING") throw new Error(`The application is ${this.#state}\n${this.#errors}`);
      },
      { timeout: rebalanceLimitMs, interval: 50 },
    );
  }

  /** Commits, and leaves. */
  async close(): Promise<void> {
    this.#process.stdin!.end("close\n");
    const exitCode = await this.#exited;
    if (exitCode !== 0) throw new Error(`The application ended with exit code ${exitCode}\n${this.#errors}`);
  }

  kill(): void {
    this.#process.kill("SIGKILL");
  }
}
