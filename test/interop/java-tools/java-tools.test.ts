import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { BrokerUnderTest } from "../../clients/broker-under-test.ts";
import { uniqueName } from "../../clients/topic-names.ts";
import { targets } from "../targets.ts";
import { type JavaTool, runJavaTool } from "./java-tool.ts";

for (const target of targets) {
  describe(`Apache Kafka's tools with ${target.name}`, () => {
    let broker: BrokerUnderTest;
    const scratch = mkdtempSync(join(tmpdir(), "polylog-java-tools-"));
    beforeAll(async () => {
      broker = await target.start();
    });
    afterAll(async () => {
      rmSync(scratch, { recursive: true, force: true });
      await broker?.dispose();
    });

    /** What the tool prints; fails when the tool does. */
    async function tool(name: JavaTool, args: readonly string[], input?: string): Promise<string> {
      const { exitCode, stdout, stderr } = await runJavaTool(
        name,
        ["--bootstrap-server", broker.bootstrap, ...args],
        input,
      );
      if (exitCode !== 0)
        throw new Error(`${name} ${args.join(" ")} ended with exit code ${exitCode}:\n${stdout}\n${stderr}`);
      return stdout;
    }

    /** Takes its subcommand first. */
    async function clusterTool(command: string): Promise<string> {
      return (await runJavaTool("cluster", [command, "--bootstrap-server", broker.bootstrap])).stdout;
    }

    async function failing(name: JavaTool, args: readonly string[]): Promise<string> {
      const { exitCode, stdout, stderr } = await runJavaTool(name, ["--bootstrap-server", broker.bootstrap, ...args]);
      expect(exitCode, stdout).not.toBe(0);
      return stdout + stderr;
    }

    const consumeAll = (topic: string, count: number, ...args: string[]) =>
      tool("console-consumer", [
        "--topic",
        topic,
        "--from-beginning",
        "--max-messages",
        String(count),
        "--timeout-ms",
        "20000",
        ...args,
      ]);

    async function createTopic(what: string, partitions = 1, ...args: string[]): Promise<string> {
      const topic = uniqueName(what);
      await tool("topics", ["--create", "--topic", topic, "--partitions", String(partitions), ...args]);
      return topic;
    }

    test("broker-api-versions reads every range and knows no gap below the tool's own", async () => {
      const printed = await tool("broker-api-versions", []);
      expect(printed).toMatch(new RegExp(`^${broker.bootstrap} \\(id: 1 rack: null isFenced: false\\) -> \\(`, "m"));
      for (const api of ["Produce(0): 0 to 13", "Fetch(1): 4 to 18", "Metadata(3): 0 to 13", "ApiVersions(18): 0 to"])
        expect(printed).toContain(api);
    });

    test("topics: created, listed, described, altered, deleted; mistakes are named", async () => {
      const topic = await createTopic("topics", 3, "--config", "cleanup.policy=compact", "--replication-factor", "1");
      expect((await tool("topics", ["--list"])).split("\n")).toContain(topic);
      const described = await tool("topics", ["--describe", "--topic", topic]);
      expect(described).toMatch(/PartitionCount: 3\s+ReplicationFactor: 1\s+Configs: .*cleanup\.policy=compact/);
      expect(described.match(/Leader: 1\s+Replicas: 1\s+Isr: 1/g)).toHaveLength(3);
      await tool("topics", ["--alter", "--topic", topic, "--partitions", "5"]);
      expect(await tool("topics", ["--describe", "--topic", topic])).toMatch(/PartitionCount: 5/);
      expect(await failing("topics", ["--create", "--topic", topic])).toMatch(/already exists/);
      expect(await failing("topics", ["--create", "--topic", uniqueName("r"), "--replication-factor", "2"])).toMatch(
        /replication factor/i,
      );
      expect(
        await failing("topics", ["--create", "--topic", uniqueName("c"), "--config", "retention.ms=soon"]),
      ).toMatch(/retention\.ms/);
      await tool("topics", ["--delete", "--topic", topic]);
      expect((await tool("topics", ["--list"])).split("\n")).not.toContain(topic);
    });

    test("console-producer and console-consumer: keys, headers, null values, timestamps", async () => {
      const topic = await createTopic("console");
      const properties = ["parse.key=true", "parse.headers=true", "null.marker=NULL"].flatMap((property) => [
        "--reader-property",
        property,
      ]);
      await tool(
        "console-producer",
        ["--topic", topic, "--compression-codec", "zstd", ...properties],
        "h1:v1\tk1\tfirst\nh2:v2\tk2\tNULL\n",
      );
      const shown = ["print.key=true", "print.headers=true", "print.offset=true", "print.partition=true"].flatMap(
        (property) => ["--formatter-property", property],
      );
      const printed = await consumeAll(topic, 2, ...shown);
      expect(printed).toContain("Partition:0\tOffset:0\th1:v1\tk1\tfirst");
      expect(printed).toContain("Partition:0\tOffset:1\th2:v2\tk2\tnull");
    });

    test.for(["none", "gzip", "snappy", "lz4", "zstd"])(
      "producer-perf-test and consumer-perf-test with %s",
      async (codec) => {
        const topic = await createTopic("perf", 2);
        const printed = await tool("producer-perf-test", [
          ...["--topic", topic, "--num-records", "20000", "--record-size", "500", "--throughput", "-1"],
          ...["--command-property", `compression.type=${codec}`, "--command-property", "acks=all"],
        ]);
        expect(printed).toMatch(/20000 records sent/);
        const consumed = await tool("consumer-perf-test", [
          "--topic",
          topic,
          "--num-records",
          "20000",
          "--timeout",
          "20000",
        ]);
        const [, fields] = consumed.trimEnd().split("\n");
        expect(Number(fields!.split(", ")[4])).toBe(20_000);
      },
    );

    test("verifiable-producer and verifiable-consumer agree on every record", async () => {
      const topic = await createTopic("verifiable");
      const produced = (await tool("verifiable-producer", ["--topic", topic, "--max-messages", "2000", "--acks", "-1"]))
        .trimEnd()
        .split("\n");
      const events = produced.map(
        (line) => JSON.parse(line) as { name: string; value?: string; offset?: number; acked?: number },
      );
      expect(events.filter(({ name }) => name === "producer_send_success").map(({ offset }) => offset)).toEqual(
        Array.from({ length: 2_000 }, (_, i) => i),
      );
      const consumed = await tool("verifiable-consumer", [
        ...[
          "--topic",
          topic,
          "--group-id",
          uniqueName("verifiable"),
          "--max-messages",
          "2000",
          "--reset-policy",
          "earliest",
          "--verbose",
        ],
      ]);
      const records = consumed.split("\n").filter((line) => line.includes('"record_data"'));
      expect(records.map((line) => (JSON.parse(line) as { value: string }).value)).toEqual(
        Array.from({ length: 2_000 }, (_, i) => String(i)),
      );
    });

    test("get-offsets and delete-records see both ends of the log", async () => {
      const topic = await createTopic("offsets", 2);
      await tool(
        "console-producer",
        ["--topic", topic, "--sync"],
        Array.from({ length: 10 }, (_, i) => `line ${i}\n`).join(""),
      );
      const ends = await tool("get-offsets", ["--topic", topic]);
      const counts = ends
        .trimEnd()
        .split("\n")
        .map((line) => Number(line.split(":")[2]));
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(10);
      const full = counts.findIndex((count) => count > 0);
      const file = join(scratch, "delete-records.json");
      writeFileSync(
        file,
        JSON.stringify({ version: 1, partitions: [{ topic, partition: full, offset: counts[full] }] }),
      );
      expect(await tool("delete-records", ["--offset-json-file", file])).toMatch(
        new RegExp(`partition: ${topic}-${full}\\s+low_watermark: ${counts[full]}`),
      );
      expect(await tool("get-offsets", ["--topic", topic, "--time", "earliest"])).toContain(
        `${topic}:${full}:${counts[full]}`,
      );
    });

    test("configs: of a topic and of a broker, set and deleted, with their sources", async () => {
      const topic = await createTopic("configs");
      await tool("configs", [
        "--alter",
        "--entity-type",
        "topics",
        "--entity-name",
        topic,
        "--add-config",
        "retention.ms=60000,max.message.bytes=2000000",
      ]);
      const described = () => tool("configs", ["--describe", "--entity-type", "topics", "--entity-name", topic]);
      expect(await described()).toMatch(
        /retention\.ms=60000 sensitive=false synonyms=\{DYNAMIC_TOPIC_CONFIG:retention\.ms=60000/,
      );
      await tool("configs", [
        "--alter",
        "--entity-type",
        "topics",
        "--entity-name",
        topic,
        "--delete-config",
        "retention.ms",
      ]);
      expect(await described()).not.toContain("retention.ms");
      const all = await tool("configs", ["--describe", "--all", "--entity-type", "brokers", "--entity-name", "1"]);
      expect(all).toMatch(
        /log\.segment\.bytes=1073741824 sensitive=false synonyms=\{DEFAULT_CONFIG:log\.segment\.bytes=1073741824\}/,
      );
      await tool("configs", [
        "--alter",
        "--entity-type",
        "brokers",
        "--entity-default",
        "--add-config",
        "log.retention.ms=123456789",
      ]);
      expect(await tool("configs", ["--describe", "--entity-type", "brokers", "--entity-default"])).toMatch(
        /log\.retention\.ms=123456789/,
      );
      expect(
        await failing("configs", [
          "--alter",
          "--entity-type",
          "topics",
          "--entity-name",
          topic,
          "--add-config",
          "retention.ms=soon",
        ]),
      ).toMatch(/retention\.ms/);
    });

    test("consumer-groups and groups: listed, described, offsets reset, deleted", async () => {
      const topic = await createTopic("groups");
      const group = uniqueName("java");
      await tool("console-producer", ["--topic", topic], "one\ntwo\nthree\n");
      await consumeAll(topic, 3, "--group", group);
      expect(await tool("consumer-groups", ["--list"])).toContain(group);
      expect(await tool("groups", ["--list"])).toMatch(new RegExp(`${group}\\s+Classic\\s+consumer`));
      expect(await tool("consumer-groups", ["--describe", "--group", group])).toMatch(
        new RegExp(`${group}\\s+${topic}\\s+0\\s+3\\s+3\\s+0`),
      );
      expect(await tool("consumer-groups", ["--describe", "--group", group, "--state"])).toMatch(/Empty/);
      await tool("consumer-groups", [
        "--reset-offsets",
        "--group",
        group,
        "--topic",
        topic,
        "--to-earliest",
        "--execute",
      ]);
      expect(await consumeAll(topic, 3, "--group", group)).toBe("one\ntwo\nthree\n");
      await tool("consumer-groups", ["--delete-offsets", "--group", group, "--topic", topic]);
      await tool("consumer-groups", ["--delete", "--group", group]);
      expect(await tool("consumer-groups", ["--list"])).not.toContain(group);
    });

    test("log-dirs, cluster, features and metadata-quorum describe the node", async () => {
      const topic = await createTopic("described");
      const directories = JSON.parse(
        (await tool("log-dirs", ["--describe", "--topic-list", topic]))
          .split("\n")
          .find((line) => line.startsWith("{"))!,
      ) as {
        brokers: { broker: number; logDirs: { error: null; partitions: { partition: string }[] }[] }[];
      };
      expect(directories.brokers[0]!.logDirs[0]).toMatchObject({
        error: null,
        partitions: [{ partition: `${topic}-0`, size: 0, offsetLag: 0, isFuture: false }],
      });
      expect(await clusterTool("cluster-id")).toMatch(/Cluster ID: [\w-]{22}/);
      expect(await clusterTool("list-endpoints")).toMatch(/127\.0\.0\.1\s+\d+/);
      expect(await tool("features", ["describe"])).toMatch(
        /Feature: metadata\.version\s+SupportedMinVersion: \S+\s+SupportedMaxVersion: (4\.4-IV2|UNKNOWN 33)\s+FinalizedVersionLevel: (4\.4-IV2|UNKNOWN 33)/,
      );
      expect(await tool("metadata-quorum", ["describe", "--status"])).toMatch(
        /LeaderId:\s+1[\s\S]*CurrentVoters:\s+\[.*"id": 1/,
      );
      expect(await tool("metadata-quorum", ["describe", "--replication"])).toMatch(/^1\s+\S+\s+\d+\s+0\s+.*Leader/m);
      expect(await tool("leader-election", ["--election-type", "preferred", "--all-topic-partitions"])).toMatch(
        /Valid replica already elected|Successfully completed|^$/m,
      );
    });

    test("dump-log reads the files that the broker has written", async () => {
      const topic = await createTopic("dumped");
      await tool(
        "console-producer",
        ["--topic", topic, "--compression-codec", "lz4"],
        Array.from({ length: 500 }, (_, i) => `line ${i}\n`).join(""),
      );
      await tool("console-consumer", [
        "--topic",
        topic,
        "--from-beginning",
        "--max-messages",
        "500",
        "--group",
        uniqueName("dumped"),
      ]);
      await broker.stop();
      try {
        const segment = (directory: string) => join(broker.dataDirectory, directory, "00000000000000000000.log");
        const dump = async (...args: string[]) => {
          const { exitCode, stdout, stderr } = await runJavaTool("dump-log", args);
          expect(exitCode, stderr).toBe(0);
          expect(stdout).not.toMatch(/mismatch|corrupt|isvalid: false/i);
          return stdout;
        };
        const records = await dump("--deep-iteration", "--print-data-log", "--files", segment(`${topic}-0`));
        expect(records.match(/payload: line \d+/g)).toHaveLength(500);
        await dump("--index-sanity-check", "--files", segment(`${topic}-0`).replace(".log", ".index"));
        const metadata = await dump("--cluster-metadata-decoder", "--files", segment("__cluster_metadata-0"));
        expect(metadata).toContain(`"type":"TOPIC_RECORD","version":0,"data":{"name":"${topic}"`);
        const offsets = readdirSync(broker.dataDirectory).filter((name) => name.startsWith("__consumer_offsets-"));
        expect(offsets.length).toBe(50);
        expect(await dump("--offsets-decoder", "--files", offsets.map(segment).join(","))).toMatch(
          new RegExp(`"topic":"${topic}","partition":0`),
        );
      } finally {
        await broker.start();
      }
    });
  });
}
