import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Broker } from "../../src/broker.ts";
import { memoryRuntime, polylog, startMemoryBroker } from "./running-command.ts";

let broker: Broker;

beforeAll(async () => {
  broker = await startMemoryBroker();
  await polylog(["topic", "create", "orders", "-p", "3", "-b", broker.bootstrapServers]);
});

afterAll(() => broker.close());

const run = (...args: string[]) => polylog([...args, "-b", broker.bootstrapServers]);

describe("polylog cluster", () => {
  test("describe shows the brokers, what they lead, and how the partitions are", async () => {
    const { exitCode, output } = await run("cluster", "describe");
    expect(exitCode).toBe(0);
    expect(output).toContain(`Cluster ${broker.clusterId}: 1 topic, 3 partitions, 0 without a leader, 0 with fewer`);
    expect(output).toMatch(/^1\s+alive\s+\S+:\d+\s+-\s+3\s+3$/m);
  });

  test("quorum shows who leads the metadata and how far the others are", async () => {
    const { exitCode, output } = await run("cluster", "quorum");
    expect(exitCode).toBe(0);
    expect(output).toMatch(/^Controller 1 leads in epoch \d+; metadata is committed up to offset \d+$/m);
    expect(output).toMatch(/^1\s+leader\s+\d+\s+0\s+\d+ ms ago\s+\S{22}$/m);
  });

  test("elect says when there is nothing to elect", async () => {
    expect(await run("cluster", "elect")).toMatchObject({ exitCode: 0, output: "No partition needed an election\n" });
    expect(await run("cluster", "elect", "orders:1", "--unclean")).toMatchObject({ exitCode: 0 });
  });

  test("elect asks for names before it gives records up", async () => {
    expect(await run("cluster", "elect", "--unclean")).toMatchObject({ exitCode: 2 });
  });

  test("elect names what is not there", async () => {
    expect(await run("cluster", "elect", "none")).toMatchObject({ exitCode: 1 });
    expect((await run("cluster", "elect", "orders:9")).errors).toContain("orders:9: UNKNOWN_TOPIC_OR_PARTITION");
    expect((await run("cluster", "elect", "a b")).errors).toContain("'a b' is not TOPIC or TOPIC:PARTITION");
  });

  test("reassign starts moves and waits for their end", async () => {
    expect(await run("cluster", "reassign", "orders:0=1", "--wait")).toMatchObject({
      exitCode: 0,
      output: "Started the move of orders:0\nEverything has moved\n",
    });
    expect(await run("cluster", "reassign")).toMatchObject({ exitCode: 0, output: "No partition is moving\n" });
    expect(await run("cluster", "reassign", "--cancel")).toMatchObject({ output: "No partition is moving\n" });
  });

  test("reassign names what cannot be done", async () => {
    const { exitCode, errors } = await run("cluster", "reassign", "orders:0=1,7");
    expect(exitCode).toBe(1);
    expect(errors).toContain("orders:0: INVALID_REPLICA_ASSIGNMENT: The manual partition assignment includes broker 7");
    expect((await run("cluster", "reassign", "--cancel", "orders:0")).errors).toContain("NO_REASSIGNMENT_IN_PROGRESS");
    expect(await run("cluster", "reassign", "orders=1")).toMatchObject({ exitCode: 2 });
  });

  test("reassign takes the plans of kafka-reassign-partitions, and says what is wrong with one", async () => {
    const runtime = memoryRuntime();
    const plan = (text: string) => {
      const file = runtime.files.open("/plan.json", "create");
      const bytes = new TextEncoder().encode(text);
      file.truncate(0);
      file.write(bytes, 0);
      file.close();
      return polylog(["cluster", "reassign", "-f", "/plan.json", "-b", broker.bootstrapServers], { runtime });
    };
    const partitions = [{ topic: "orders", partition: 1, replicas: [1], log_dirs: ["any"] }];
    expect(await plan(JSON.stringify({ version: 1, partitions }))).toMatchObject({
      exitCode: 0,
      output: "Started the move of orders:1\n",
    });
    expect((await plan("{")).errors).toContain("/plan.json is not JSON");
    expect((await plan("[]")).errors).toContain('/plan.json has no list "partitions"');
    expect((await plan('{"partitions":[{"topic":"orders"}]}')).errors).toContain('entry 0 of "partitions" needs');
  });
});
