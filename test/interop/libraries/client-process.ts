import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { PATIENCE_MS } from "../../patience.ts";

export interface Received {
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: number;
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: readonly (readonly [string, string | null])[];
}

export interface RecordToSend {
  readonly key?: string | null;
  readonly value?: string | null;
  readonly headers?: readonly (readonly [string, string])[];
  readonly partition?: number;
  readonly timestamp?: number;
}

const answerLimitMs = 2 * PATIENCE_MS;

/** A client of some library in a process of its own, told what to do line by line. */
export class ClientProcess implements AsyncDisposable {
  private readonly child: ChildProcess;
  private readonly waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  private errors = "";
  private lastId = 0;
  private hasEnded = false;

  constructor(command: readonly string[]) {
    const [program, ...args] = command as [string, ...string[]];
    this.child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"] });
    this.child.stderr!.on("data", (chunk: Buffer) => {
      this.errors = (this.errors + chunk.toString()).slice(-4_000);
    });
    this.child.on("close", () => {
      this.hasEnded = true;
      for (const { reject } of this.waiting.values()) reject(this.ended());
      this.waiting.clear();
    });
    this.child.on("error", (error) => {
      this.errors += String(error);
    });
    this.child.stdin!.on("error", () => {});
    createInterface({ input: this.child.stdout! }).on("line", (line) => this.answered(line));
  }

  /** Sends a command and resolves with its answer; rejects with what the library has thrown. */
  call<T = unknown>(command: string, options: Readonly<Record<string, unknown>> = {}): Promise<T> {
    if (this.hasEnded) return Promise.reject(this.ended());
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const id = ++this.lastId;
    const limit = setTimeout(
      () => reject(new Error(`${command} was not answered within ${answerLimitMs} ms\n${this.errors}`)),
      answerLimitMs,
    );
    const settled =
      <V>(settle: (value: V) => void) =>
      (value: V) => {
        clearTimeout(limit);
        settle(value);
      };
    this.waiting.set(id, { resolve: settled(resolve as (value: unknown) => void), reject: settled(reject) });
    this.child.stdin!.write(`${JSON.stringify({ id, do: command, with: options })}\n`);
    return promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.child.once("close", resolve));
    this.child.kill("SIGKILL");
    await ended;
  }

  private ended(): Error {
    return new Error(`the client ended:\n${this.errors}`);
  }

  private answered(line: string): void {
    if (!line.startsWith("{")) return;
    const { id, ok, error, trace } = JSON.parse(line) as { id: number; ok?: unknown; error?: string; trace?: string };
    const waiting = this.waiting.get(id);
    this.waiting.delete(id);
    if (error === undefined) waiting?.resolve(ok);
    else waiting?.reject(new Error(`${error}\n${trace ?? ""}`));
  }
}
