import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type BrokerUnderTest, temporaryDirectory } from "../../clients/broker-under-test.ts";
import { polylogTargets } from "../../clients/polylog-server.ts";
import { uniqueName } from "../../clients/topic-names.ts";
import { type JavaTool, runJavaTool } from "./java-tool.ts";

interface Replica {
  readonly partition: string;
  readonly size: number;
  readonly offsetLag: number;
  readonly isFuture: boolean;
}

interface Described {
  readonly brokers: readonly { readonly logDirs: readonly { logDir: string; partitions: readonly Replica[] }[] }[];
}

const limitMs = 900_000;

// A JVM is started for every question: one runtime will do.
for (const target of polylogTargets.filter(({ name }) => name === "node")) {
  describe(`Apache Kafka's tools move replicas between log directories of ${target.name}`, () => {
    const root = temporaryDirectory("java-log-dirs");
    const directories = ["d1", "d2"].map((name) => join(root, name)) as [string, string];
    let broker: BrokerUnderTest;
    beforeAll(async () => {
      broker = await target.start({ "log.dirs": directories.join(","), "log.segment.delete.delay.ms": "200" });
    }, limitMs);
    afterAll(async () => {
      await broker?.dispose();
      rmSync(root, { recursive: true, force: true, maxRetries: 3 });
    });

    async function tool(name: JavaTool, args: readonly string[], input?: string): Promise<string> {
      const result = await runJavaTool(name, ["--bootstrap-server", broker.bootstrap, ...args], input);
      if (result.exitCode !== 0) throw new Error(`${name} ${args.join(" ")}:\n${result.stdout}\n${result.stderr}`);
      return result.stdout;
    }

    async function createTopic(partitions: number): Promise<string> {
      const topic = uniqueName("java-dirs");
      await tool("topics", ["--create", "--topic", topic, "--partitions", String(partitions)]);
      await tool("producer-perf-test", [
        ...["--topic", topic, "--num-records", "20000", "--record-size", "500", "--throughput", "-1"],
      ]);
      return topic;
    }

    /** What kafka-log-dirs prints of the topic, by the names of the directories. */
    async function placesOf(topic: string): Promise<Record<string, readonly Replica[]>> {
      const printed = await tool("log-dirs", ["--describe", "--topic-list", topic]);
      const { brokers } = JSON.parse(printed.split("\n").find((line) => line.startsWith("{"))!) as Described;
      const places = brokers[0]!.logDirs.map(({ logDir, partitions }) => [
        basename(logDir),
        partitions.toSorted((a, b) => a.partition.localeCompare(b.partition)),
      ]);
      return Object.fromEntries(places) as Record<string, readonly Replica[]>;
    }

    function plan(topic: string, partitions: readonly number[], directory: string): string {
      const file = join(root, `${uniqueName("plan")}.json`);
      const entries = partitions.map((partition) => ({ topic, partition, replicas: [1], log_dirs: [directory] }));
      writeFileSync(file, JSON.stringify({ version: 1, partitions: entries }));
      return file;
    }

    const execute = (file: string, ...args: string[]) =>
      tool("reassign-partitions", ["--reassignment-json-file", file, "--execute", ...args]);
    const verify = (file: string) => tool("reassign-partitions", ["--reassignment-json-file", file, "--verify"]);

    const untilComplete = (file: string) =>
      vi.waitFor(
        async () => {
          const printed = await verify(file);
          expect(printed).toMatch(/Reassignment of replica \S+ completed successfully/);
          expect(printed).not.toContain("still in progress");
        },
        { timeout: 300_000, interval: 100 },
      );

    test("reassign-partitions moves every partition there and back, and verifies it", {
      timeout: limitMs,
    }, async () => {
      const topic = await createTopic(3);
      for (const directory of [directories[1], directories[0]]) {
        const file = plan(topic, [0, 1, 2], directory);
        expect(await execute(file)).toContain("Successfully started partition reassignments for");
        await untilComplete(file);
        const places = await placesOf(topic);
        const here = places[basename(directory)]!;
        expect(here.map(({ partition }) => partition)).toEqual([0, 1, 2].map((index) => `${topic}-${index}`));
        expect(here).toEqual(here.map((replica) => ({ ...replica, offsetLag: 0, isFuture: false })));
        expect(Object.values(places).flat()).toHaveLength(3);
        // Those that have moved away a moment ago are here still, by names of deletion.
        const directoryNames = readdirSync(directory).filter((name) => name.startsWith(topic));
        expect(directoryNames.filter((name) => !name.endsWith("-delete"))).toHaveLength(3);
      }
      const consumed = await tool("consumer-perf-test", [
        ...["--topic", topic, "--num-records", "20000", "--timeout", "60000"],
      ]);
      expect(Number(consumed.trimEnd().split("\n")[1]!.split(", ")[4])).toBe(20_000);
    });

    test("log-dirs shows a throttled move as a future replica with its lag", { timeout: limitMs }, async () => {
      const topic = await createTopic(1);
      const from = (await placesOf(topic)).d1!.length > 0 ? 0 : 1;
      const to = directories[1 - from]!;
      const file = plan(topic, [0], to);
      await execute(file, "--replica-alter-log-dirs-throttle", "100");
      const future = (await placesOf(topic))[basename(to)]!;
      expect(future).toMatchObject([{ partition: `${topic}-0`, isFuture: true }]);
      expect(future[0]!.offsetLag).toBeGreaterThan(0);
      expect(await verify(file)).toContain("still in progress");
      const rate = "replica.alter.log.dirs.io.max.bytes.per.second";
      const ofBroker = ["--entity-type", "brokers", "--entity-name", "1"];
      expect(await tool("configs", ["--describe", ...ofBroker])).toContain(`${rate}=100`);
      await execute(file, "--additional", "--replica-alter-log-dirs-throttle", "100000000");
      await untilComplete(file);
      expect(await tool("configs", ["--describe", ...ofBroker])).not.toContain(rate);
      expect((await placesOf(topic))[basename(to)]).toMatchObject([{ isFuture: false, offsetLag: 0 }]);
    });

    test("a directory that there is not, is refused", { timeout: limitMs }, async () => {
      const topic = await createTopic(1);
      const elsewhere = join(root, "elsewhere");
      mkdirSync(elsewhere);
      const { stdout, stderr } = await runJavaTool("reassign-partitions", [
        ...["--bootstrap-server", broker.bootstrap, "--execute"],
        ...["--reassignment-json-file", plan(topic, [0], elsewhere)],
      ]);
      expect(stdout + stderr).toMatch(/LogDirNotFoundException|Failed to alter dir/);
    });
  });
}
