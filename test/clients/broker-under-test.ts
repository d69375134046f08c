import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WireConnection } from "./wire/connection.ts";

/** Keys of server.properties that a test wants different from the default. */
export type Overrides = Readonly<Record<string, string>>;

/** A kind of broker that the suites are run against. */
export interface Target {
  readonly name: string;
  /** The same suite judges Polylog and, as a control of the suite itself, Apache Kafka. */
  readonly isPolylog: boolean;
  /** Starts one broker on a free port of the loopback, with an empty data directory of its own. */
  start(overrides?: Overrides): Promise<BrokerUnderTest>;
}

/** How a kind of broker is made ready in a directory, and the command that runs it in the foreground. */
export interface Launch {
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Default: 120 s. */
  readonly startLimitMs?: number;
}

const defaultStartLimitMs = 120_000;
const stopLimitMs = 120_000;

/** What was started and is not known to have ended: nothing may outlive the test run. */
const running = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** One broker in a child process. Its port and its data directory stay the same when it is started again. */
export class BrokerUnderTest {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** Holds the data directory `data` and whatever else the launch has written. */
  readonly directory: string;
  /** Everything the broker has written to its standard output and error. */
  output = "";
  /** From the start of the process to its first answer to Metadata. */
  readyAfterMs = 0;
  /** Of the next start. */
  launch: Launch;
  private child: ChildProcess | undefined;
  private exited: Promise<void> = Promise.resolve();

  constructor(name: string, port: number, directory: string, launch: Launch, host = "127.0.0.1") {
    this.name = name;
    this.host = host;
    this.port = port;
    this.directory = directory;
    this.launch = launch;
  }

  get bootstrap(): string {
    return `${this.host}:${this.port}`;
  }

  get isRunning(): boolean {
    return this.child !== undefined;
  }

  get pid(): number {
    if (!this.child?.pid) throw new Error(`${this.name} is not running`);
    return this.child.pid;
  }

  get dataDirectory(): string {
    return join(this.directory, "data");
  }

  /** Resolves when the broker answers a Metadata request with itself. */
  async start(): Promise<void> {
    const startedMs = performance.now();
    const child = spawn(this.launch.program, this.launch.args, {
      cwd: this.directory,
      env: { ...process.env, ...this.launch.env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.child = child;
    running.add(child);
    const keep = (chunk: Buffer) => {
      this.output += chunk.toString();
    };
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    this.exited = new Promise((resolve) => {
      child.on("error", (error) => {
        this.output += `\n${error}`;
      });
      child.on("close", () => {
        running.delete(child);
        if (this.child === child) this.child = undefined;
        resolve();
      });
    });
    await this.untilReady(startedMs);
  }

  /** As an operator stops it: SIGTERM, then wait for the end. */
  async stop(): Promise<void> {
    await this.end("SIGTERM");
  }

  /** As a crash ends it: SIGKILL. */
  async kill(): Promise<void> {
    await this.end("SIGKILL");
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** Ends the broker and removes its directory. */
  async dispose(): Promise<void> {
    await this.end("SIGKILL");
    rmSync(this.directory, { recursive: true, force: true, maxRetries: 3 });
  }

  signal(signal: NodeJS.Signals): void {
    this.child?.kill(signal);
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const child = this.child;
    if (!child) return;
    child.kill(signal);
    const limit = setTimeout(() => child.kill("SIGKILL"), stopLimitMs);
    const startMs = performance.now();
    await this.exited;
    clearTimeout(limit);
    if (performance.now() - startMs > stopLimitMs)
      throw new Error(`${this.name} did not end within ${stopLimitMs} ms of ${signal}\n${this.tail()}`);
  }

  private async untilReady(startedMs: number): Promise<void> {
    const limitMs = this.launch.startLimitMs ?? defaultStartLimitMs;
    for (;;) {
      if (!this.child) throw new Error(`${this.name} ended while it was starting:\n${this.tail()}`);
      if (await this.isReady()) {
        this.readyAfterMs = performance.now() - startedMs;
        return;
      }
      if (performance.now() - startedMs > limitMs) {
        await this.kill();
        throw new Error(`${this.name} is not ready after ${limitMs} ms:\n${this.tail()}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }

  protected isReady(): Promise<boolean> {
    return answersMetadata(this.host, this.port);
  }

  private tail(): string {
    return this.output.split("\n").slice(-40).join("\n");
  }
}

async function answersMetadata(host: string, port: number): Promise<boolean> {
  let connection: WireConnection | undefined;
  try {
    connection = await WireConnection.open(host, port, 5_000);
    const { brokers } = await connection.metadata([]);
    return brokers.length > 0;
  } catch {
    return false;
  } finally {
    connection?.close();
  }
}

export function temporaryDirectory(name: string): string {
  return mkdtempSync(join(tmpdir(), `polylog-${name}-`));
}

/** Ports that nothing listens on, all different. They are below the range that outgoing connections take theirs from. */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  while (ports.length < count) {
    const port = 10_000 + Math.floor(Math.random() * 20_000);
    if (!ports.includes(port) && (await isFree(port))) ports.push(port);
  }
  return ports;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
