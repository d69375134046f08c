import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join, resolve } from "node:path";
import { serverCommands } from "./server-commands.ts";

export interface LocalClusterOptions {
  /** One for each node: node, bun or deno. */
  readonly runtimes: readonly string[];
  /** Of the first broker; those of the others follow. The controllers' are 10 higher. */
  readonly port: number;
  readonly directory: string;
  readonly print: (line: string) => void;
}

interface LocalNode {
  readonly id: number;
  readonly runtime: string;
  readonly port: number;
  readonly controllerPort: number;
  readonly directory: string;
  child: ChildProcess | undefined;
}

const CONTROLLER_PORT_DISTANCE = 10;
const READY_LIMIT_MS = 120_000;
const STOP_LIMIT_MS = 30_000;

/** Brokers that are controllers too, each in a process of its own, on the loopback. */
export class LocalCluster {
  readonly nodes: readonly LocalNode[];
  private readonly options: LocalClusterOptions;
  private isStopping = false;

  constructor(options: LocalClusterOptions) {
    this.options = options;
    this.nodes = options.runtimes.map((runtime, index) => ({
      id: index + 1,
      runtime,
      port: options.port + index,
      controllerPort: options.port + index + CONTROLLER_PORT_DISTANCE,
      directory: join(resolve(options.directory), `cluster-node-${index + 1}`),
      child: undefined,
    }));
  }

  get bootstrapServers(): string {
    return this.nodes.map(({ port }) => `127.0.0.1:${port}`).join(",");
  }

  /** Formats what is not formatted yet, and resolves when all nodes are ready. Rejects when one of them ends before. */
  async start(): Promise<void> {
    for (const { port, controllerPort } of this.nodes) {
      for (const each of [port, controllerPort]) await checkFree(each);
    }
    this.prepare();
    await Promise.all(this.nodes.map((node) => this.run(node)));
  }

  /** Stops all at once, as an operator does. Resolves when they have ended. */
  async stop(): Promise<void> {
    this.isStopping = true;
    await Promise.all(this.nodes.map(({ child }) => (child === undefined ? undefined : end(child))));
  }

  private prepare(): void {
    const isFormatted = ({ directory }: LocalNode) => existsSync(join(directory, "data", "meta.properties"));
    const formatted = this.nodes.filter(isFormatted);
    if (formatted.length > 0 && formatted.length < this.nodes.length) {
      const missing = this.nodes.find((node) => !isFormatted(node))!;
      throw new Error(`${formatted[0]!.directory} has data of a cluster, and ${missing.directory} has none`);
    }
    const clusterId = randomBytes(16).toString("base64url").replace(/^-/, "A");
    for (const node of this.nodes) {
      mkdirSync(node.directory, { recursive: true });
      const lines = Object.entries(this.settings(node)).map(([key, value]) => `${key}=${value}\n`);
      writeFileSync(propertiesOf(node), lines.join(""));
      if (formatted.length === 0) format(node, clusterId);
    }
  }

  private settings({ id, port, controllerPort, directory }: LocalNode): Readonly<Record<string, string>> {
    const voters = this.nodes.map((node) => `${node.id}@127.0.0.1:${node.controllerPort}`);
    return {
      "process.roles": "broker,controller",
      "node.id": `${id}`,
      listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
      "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
      "inter.broker.listener.name": "PLAINTEXT",
      "controller.listener.names": "CONTROLLER",
      // Configured rather than in the log: the next start may be on other ports.
      "controller.quorum.voters": voters.join(","),
      "log.dirs": join(directory, "data"),
      "default.replication.factor": `${this.nodes.length}`,
      "min.insync.replicas": "2",
      "group.initial.rebalance.delay.ms": "0",
    };
  }

  private run(node: LocalNode): Promise<void> {
    const [program, ...args] = serverCommands[node.runtime]!;
    // In a group of its own, so that Ctrl-C reaches it only through this process.
    const child = spawn(program!, [...args, propertiesOf(node)], {
      cwd: node.directory,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    node.child = child;
    const { promise, resolve: ready, reject } = Promise.withResolvers<void>();
    const limit = setTimeout(() => reject(new Error(`Node ${node.id} is not ready yet`)), READY_LIMIT_MS);
    const show = (line: string) => {
      this.options.print(`[${node.id}] ${line}`);
      if (line.includes(" is ready at ")) ready();
    };
    for (const stream of [child.stdout, child.stderr]) eachLine(stream, show);
    child.on("error", reject);
    child.on("close", (code, signal) => {
      node.child = undefined;
      const line = `Node ${node.id} has ended: ${signal ?? `exit code ${code}`}`;
      if (!this.isStopping) this.options.print(line);
      reject(new Error(line));
    });
    return promise.finally(() => clearTimeout(limit));
  }
}

function propertiesOf({ directory }: LocalNode): string {
  return join(directory, "server.properties");
}

function format(node: LocalNode, clusterId: string): void {
  const command = [resolve(import.meta.dirname, "../adapters/node/polylog.js"), "storage", "format", "-t", clusterId];
  const { status, stdout, stderr } = spawnSync(process.execPath, [...command, "-c", propertiesOf(node)], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`Node ${node.id} could not be formatted:\n${stdout}${stderr}`);
}

function checkFree(port: number): Promise<void> {
  return new Promise((free, reject) => {
    const server = createServer();
    server.once("error", () => reject(new Error(`Port ${port} is in use; --port takes another one`)));
    server.listen(port, "127.0.0.1", () => server.close(() => free()));
  });
}

function eachLine(stream: NodeJS.ReadableStream, use: (line: string) => void): void {
  let rest = "";
  stream.on("data", (chunk: Buffer) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop()!;
    for (const line of lines) use(line);
  });
}

async function end(child: ChildProcess): Promise<void> {
  const ended = new Promise((done) => child.once("close", done));
  // One that is paused would not hear the other signal.
  child.kill("SIGCONT");
  child.kill("SIGTERM");
  const limit = setTimeout(() => child.kill("SIGKILL"), STOP_LIMIT_MS);
  await ended;
  clearTimeout(limit);
}
