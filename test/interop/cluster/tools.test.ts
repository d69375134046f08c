import { spawn } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { temporaryDirectory } from "../../clients/broker-under-test.ts";
import { ClusterAdmin } from "../../clients/cluster/cluster-admin.ts";
import { ClusterUnderTest } from "../../clients/cluster/cluster-under-test.ts";
import { eventually } from "../../clients/cluster/quorum.ts";
import { type JavaTool, javaToolCommand, runJavaTool } from "../java-tools/java-tool.ts";

const TOPIC = "orders";
const RECORD_COUNT = 2_000;
const REPORT_LIMIT_MS = 300_000;

describe("Apache Kafka's tools with three nodes of Polylog, one on each runtime", { timeout: 900_000 }, () => {
  let cluster: ClusterUnderTest;
  let bootstrap: string;
  const scratch = temporaryDirectory("tools");

  beforeAll(async () => {
    const roles = "broker,controller";
    cluster = await ClusterUnderTest.create(["node", "bun", "deno"].map((software) => ({ software, roles })));
    await cluster.start();
    bootstrap = cluster.brokers.map((node) => node.bootstrap).join(",");
    const replicas = [
      [1, 2, 3],
      [2, 3, 1],
    ];
    await new ClusterAdmin(cluster.node(1)).createTopic(TOPIC, replicas, { "min.insync.replicas": "2" });
  }, 600_000);

  afterAll(async () => {
    await cluster?.dispose();
    rmSync(scratch, { recursive: true, force: true });
  });

  async function tool(name: JavaTool, ...args: string[]): Promise<string> {
    const { exitCode, stdout, stderr } = await runJavaTool(name, ["--bootstrap-server", bootstrap, ...args]);
    if (exitCode !== 0) throw new Error(`${name} ended with exit code ${exitCode}:\n${stdout}\n${stderr}`);
    return stdout;
  }

  test("verifiable-producer and verifiable-consumer agree on every record, in order", async () => {
    const produced = await tool(
      "verifiable-producer",
      ...["--topic", TOPIC, "--max-messages", `${RECORD_COUNT}`, "--acks", "-1"],
    );
    const sent = records(produced, "producer_send_success");
    expect(sent).toHaveLength(RECORD_COUNT);
    const consumed = await tool(
      "verifiable-consumer",
      ...["--topic", TOPIC, "--group-id", "verifiable", "--max-messages", `${RECORD_COUNT}`],
      ...["--reset-policy", "earliest", "--verbose"],
    );
    const received = records(consumed, "record_data");
    for (const partition of [0, 1]) {
      const of = (all: readonly SeenRecord[]) => all.filter((record) => record.partition === partition).map(place);
      expect(of(received)).toEqual(of(sent).sort((a, b) => a.offset - b.offset));
    }
  });

  test("replica-verification finds the same records on all replicas", async () => {
    const options = ["--broker-list", bootstrap, "--topics-include", TOPIC, "--report-interval-ms", "500"];
    const report = await reportOf(javaToolCommand("replica-verification", options), /max lag is 0 for partition/);
    expect(report).toMatch(/max lag is 0 for partition orders-\d at offset \d+ among 2 partitions/);
  });

  test("metadata-quorum shows three voters, none of which is behind", async () => {
    const status = await tool("metadata-quorum", "describe", "--status");
    expect(status).toMatch(/LeaderId:\s+[123]\n/);
    expect(status.match(/"id": [123], "directoryId"/g)).toHaveLength(3);
    const replication = await tool("metadata-quorum", "describe", "--replication");
    expect(replication.match(/\sLeader\s/g)).toHaveLength(1);
    expect(replication.match(/\sFollower\s/g)).toHaveLength(2);
  });

  test("reassign-partitions moves replicas, and leader-election gives the partition to the preferred one", async () => {
    const plan = join(scratch, "plan.json");
    const partitions = [{ topic: TOPIC, partition: 0, replicas: [3, 2], log_dirs: ["any", "any"] }];
    writeFileSync(plan, JSON.stringify({ version: 1, partitions }));
    const started = await tool("reassign-partitions", "--reassignment-json-file", plan, "--execute");
    expect(started).toContain("Successfully started partition reassignment for orders-0");
    await eventually(
      async () => {
        const verified = await tool("reassign-partitions", "--reassignment-json-file", plan, "--verify");
        return verified.includes("Reassignment of partition orders-0 is completed.") || undefined;
      },
      () => "the end of the reassignment",
    );
    await tool("leader-election", "--election-type", "preferred", "--all-topic-partitions");
    const described = await tool("topics", "--describe", "--topic", TOPIC);
    expect(described).toMatch(/Partition: 0\s+Leader: 3\s+Replicas: 3,2\s+Isr: /);
    expect(described).toMatch(/Partition: 1\s+Leader: 2\s+Replicas: 2,3,1\s+Isr: /);
  });

  test("log-dirs shows where the replicas are, and features what is finalized", async () => {
    const described = await tool("log-dirs", "--describe", "--topic-list", TOPIC);
    const { brokers } = JSON.parse(described.split("\n").find((line) => line.startsWith("{"))!) as LogDirs;
    const held = brokers.map(({ broker, logDirs }) => [
      broker,
      logDirs.flatMap((directory) => directory.partitions.map(({ partition }) => partition)).sort(),
    ]);
    expect(held.sort()).toEqual([
      [1, ["orders-1"]],
      [2, ["orders-0", "orders-1"]],
      [3, ["orders-0", "orders-1"]],
    ]);
    expect(await tool("features", "describe")).toMatch(/Feature: metadata\.version\s.*FinalizedVersionLevel: \S+/);
  });
});

interface SeenRecord {
  readonly name: string;
  readonly partition: number;
  readonly offset: number;
  readonly value: string;
}

interface LogDirs {
  readonly brokers: { broker: number; logDirs: { partitions: { partition: string }[] }[] }[];
}

function records(output: string, name: string): SeenRecord[] {
  const events = output.split("\n").filter((line) => line.includes(`"${name}"`));
  return events.map((line) => JSON.parse(line) as SeenRecord);
}

function place({ offset, value }: SeenRecord) {
  return { offset, value };
}

/** What a tool that never ends has printed when this is there. */
function reportOf([program, ...args]: readonly string[], expected: RegExp): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const child = spawn(program!, args, { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  const limit = setTimeout(() => child.kill("SIGKILL"), REPORT_LIMIT_MS);
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      output += chunk.toString();
      if (expected.test(output)) child.kill("SIGKILL");
    });
  }
  child.on("error", reject);
  child.on("close", () => {
    clearTimeout(limit);
    if (expected.test(output)) resolve(output);
    else reject(new Error(`The tool did not report ${expected}:\n${output}`));
  });
  return promise;
}
