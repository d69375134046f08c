import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import { installApacheKafka } from "../apache-kafka/install.ts";

export interface CleaningJob {
  readonly directory: string;
  readonly nowMs: number;
  readonly firstDirtyOffset: number | undefined;
  readonly bufferBytes: number;
  readonly settings: Readonly<Record<string, string | number>>;
}

export interface CleaningResult {
  readonly nextDirtyOffset: number;
  readonly recordsRead: number;
  readonly recordsWritten: number;
}

/** Apache Kafka's cleaner in a process of its own: see CleanerPeer.java. */
export class CleanerPeer {
  readonly #directory = mkdtempSync(join(tmpdir(), "polylog-cleaner-peer-"));
  readonly #process: ChildProcess;
  readonly #lines: Interface;
  readonly #answers: AsyncIterator<string>;
  #errors = "";

  constructor() {
    const classPath = installApacheKafka().broker;
    execFileSync("javac", ["-d", this.#directory, "-cp", classPath, join(import.meta.dirname, "CleanerPeer.java")]);
    const logging = `-Dlog4j2.configurationFile=${join(import.meta.dirname, "../apache-kafka/log4j2.xml")}`;
    const options = ["-Xmx512m", "-XX:+UseSerialGC", logging, "-Dpolylog.interop.level=OFF"];
    this.#process = spawn("java", [...options, "-cp", `${this.#directory}:${classPath}`, "CleanerPeer"]);
    this.#process.stderr!.on("data", (chunk: Buffer) => {
      this.#errors = (this.#errors + chunk.toString()).slice(-10_000);
    });
    this.#lines = createInterface({ input: this.#process.stdout! });
    this.#answers = this.#lines[Symbol.asyncIterator]();
  }

  async clean(job: CleaningJob): Promise<CleaningResult> {
    const settings = Object.entries(job.settings).map(([key, value]) => `${key}=${value}`);
    const fields = [job.directory, job.nowMs, job.firstDirtyOffset ?? "-", job.bufferBytes, ...settings];
    this.#process.stdin!.write(`${fields.join("\t")}\n`);
    const { value, done } = await this.#answers.next();
    const [outcome, ...numbers] = done ? [] : value.split(" ");
    if (outcome !== "ok") throw new Error(`Apache Kafka's cleaner failed: ${value}\n${this.#errors}`);
    const [nextDirtyOffset, recordsRead, recordsWritten] = numbers.map(Number) as [number, number, number];
    return { nextDirtyOffset, recordsRead, recordsWritten };
  }

  close(): void {
    this.#lines.close();
    this.#process.kill("SIGKILL");
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
