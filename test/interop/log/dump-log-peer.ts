import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import { javaToolOptions } from "../java-tools/java-tool.ts";

/** Apache Kafka's dump-log, started once for many runs: see DumpLogPeer.java. */
export class DumpLogPeer {
  readonly #process: ChildProcess;
  readonly #lines: Interface;
  readonly #output: AsyncIterator<string>;
  #errors = "";

  constructor() {
    this.#process = spawn("java", [...javaToolOptions(), join(import.meta.dirname, "DumpLogPeer.java")]);
    this.#process.stderr!.on("data", (chunk: Buffer) => {
      this.#errors = (this.#errors + chunk.toString()).slice(-10_000);
    });
    this.#lines = createInterface({ input: this.#process.stdout! });
    this.#output = this.#lines[Symbol.asyncIterator]();
  }

  /** The lines that it prints. */
  async run(args: readonly string[]): Promise<string[]> {
    this.#process.stdin!.write(`${args.join("\t")}\n`);
    const lines: string[] = [];
    for (;;) {
      const { value, done } = await this.#output.next();
      if (done) throw new Error(`Apache Kafka's dump-log has ended:\n${lines.join("\n")}\n${this.#errors}`);
      if (value === "== done") return lines;
      lines.push(value);
    }
  }

  close(): void {
    this.#lines.close();
    this.#process.kill("SIGKILL");
  }
}
