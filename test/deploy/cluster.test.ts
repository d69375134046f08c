import { type ChildProcess, spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { createRuntime } from "#adapter";
import { BrokerError } from "../../src/client/client-error.ts";
import { ClusterClient } from "../../src/client/cluster-client.ts";
import { CreateTopicsRequest, CreateTopicsResponse } from "../../src/protocol/messages/create-topics.ts";
import { freePorts, temporaryDirectory } from "../clients/broker-under-test.ts";
import { Writer } from "../cluster/writer.ts";
import { soon } from "../patience.ts";

const root = resolve(import.meta.dirname, "../..");
const runtime = createRuntime({ log: { write() {} } });

/** What `npm run cluster` runs, without npm in between. */
class ClusterCommand {
  output = "";
  readonly ended: Promise<number | null>;
  private readonly child: ChildProcess;

  constructor(...args: string[]) {
    this.child = spawn(join(root, "node_modules/.bin/node"), [join(root, "deploy/cluster.ts"), ...args]);
    for (const stream of [this.child.stdout!, this.child.stderr!]) {
      stream.on("data", (chunk: Buffer) => {
        this.output += chunk.toString();
      });
    }
    this.ended = new Promise((done) => this.child.once("close", done));
  }

  /** Resolves with whether it is; false when the command has ended before. */
  async isReady(): Promise<boolean> {
    let hasEnded = false;
    void this.ended.then(() => {
      hasEnded = true;
    });
    while (!hasEnded && !this.output.includes("The cluster is ready"))
      await new Promise((done) => setTimeout(done, 50));
    return !hasEnded;
  }

  interrupt(): Promise<number | null> {
    this.child.kill("SIGINT");
    return this.ended;
  }
}

let command: ClusterCommand | undefined;
let data: string | undefined;

afterEach(async () => {
  await command?.interrupt();
  if (data !== undefined) rmSync(data, { recursive: true, force: true });
});

async function startAnywhere(directory: string): Promise<{ command: ClusterCommand; port: number }> {
  for (let attempt = 0; ; attempt++) {
    const [port] = (await freePorts(1)) as [number];
    const started = new ClusterCommand("--port", `${port}`, "--data", directory, "--runtime", "node,bun,deno");
    if (await started.isReady()) return { command: started, port };
    if (attempt === 5 || !started.output.includes("is in use")) throw new Error(started.output);
  }
}

describe("npm run cluster", () => {
  test("runs three nodes that replicate, until it is interrupted", { timeout: 180_000 }, async () => {
    data = temporaryDirectory("local-cluster");
    const started = await startAnywhere(data);
    const { port } = started;
    command = started.command;
    expect(command.output).toMatch(new RegExp(`^Node 2 on 127\\.0\\.0\\.1:${port + 1}, bun, process \\d+$`, "m"));

    const second = new ClusterCommand("--port", `${port}`, "--data", data);
    expect(await second.ended).toBe(1);
    expect(second.output).toContain(`Port ${port} is in use`);

    const bootstrap = [0, 1, 2].map((index) => ({ host: "127.0.0.1", port: port + index }));
    await createTopic(bootstrap);
    const writer = await Writer.start({ runtime, bootstrap, topic: "t" });
    await expect.poll(() => writer.acknowledged.length, soon).toBeGreaterThan(0);
    await writer.stop();
    writer.close();

    expect(await command.interrupt()).toBe(0);
    expect(command.output.match(/Broker \d has stopped/g)).toHaveLength(3);
  });

  test("explains itself", async () => {
    const help = new ClusterCommand("--help");
    expect(await help.ended).toBe(0);
    expect(help.output).toContain("Usage: npm run cluster");
    for (const wrong of [["--port", "none"], ["--runtime", "java"], ["--runtime", "node,bun"], ["--what"]]) {
      const refused = new ClusterCommand(...wrong);
      expect(await refused.ended).toBe(2);
      expect(refused.output).toContain("Usage: npm run cluster");
    }
  });
});

async function createTopic(bootstrap: readonly { host: string; port: number }[]): Promise<void> {
  const options = { clientId: "test", connectTimeoutMs: 5_000, requestTimeoutMs: 30_000, retryTimeoutMs: 60_000 };
  const client = new ClusterClient(runtime, { ...options, bootstrap });
  const topic = { name: "t", numPartitions: 1, replicationFactor: 3, assignments: [], configs: [] };
  await client.retry(async () => {
    const body = { topics: [topic], timeoutMs: 30_000, validateOnly: false };
    const { topics } = await client.request(CreateTopicsRequest, CreateTopicsResponse, body);
    if (topics[0]!.errorCode !== 0) throw new BrokerError(topics[0]!.errorCode, topics[0]!.errorMessage);
  });
  client.close();
}
