import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createRuntime } from "#adapter";
import { DataDirectoryCheck } from "../../../src/inspection/data-directory-check.ts";
import { dumpFile } from "../../../src/inspection/dump-file.ts";
import { temporaryDirectory } from "../../clients/broker-under-test.ts";
import { startPolylog } from "../../clients/polylog-server.ts";
import { startApacheKafka } from "../apache-kafka/target.ts";
import { runSuccessfully } from "../command.ts";
import { javaToolCommand } from "../java-tools/java-tool.ts";
import { kafkaDumpLine } from "./kafka-dump-line.ts";
import { filesWith, writeDirectory } from "./written-directory.ts";

const runtime = createRuntime();
const fewPartitions = { "offsets.topic.num.partitions": "2", "transaction.state.log.num.partitions": "2" };

const writers = [
  { name: "Apache Kafka", start: () => startApacheKafka(fewPartitions), hasTransactions: true },
  { name: "Polylog", start: () => startPolylog("node", fewPartitions), hasTransactions: false },
];

const decoders = [
  ["__consumer_offsets", "--offsets-decoder"],
  ["__transaction_state", "--transaction-log-decoder"],
  ["__cluster_metadata", "--cluster-metadata-decoder"],
] as const;

/** What each tool prints of the files, with the names of the files in between. */
function ours(files: readonly string[]): string[] {
  const options = { printRecords: true, fromOffset: 0, maxBatches: Number.POSITIVE_INFINITY };
  return files.flatMap((path) => [
    path,
    ...[...dumpFile(runtime, path, options)].flatMap((item) => (item && kafkaDumpLine(item)) ?? []),
  ]);
}

async function theirs(files: readonly string[], ...options: string[]): Promise<string[]> {
  const command = javaToolCommand("dump-log", ["--files", files.join(","), ...options]);
  const output = await runSuccessfully(command, { limitMs: 300_000 });
  return output
    .split("\n")
    .map((line) => line.replace(/^Dumping /, ""))
    .filter(
      (line) => line !== "" && !/^(Log starting offset|Snapshot end offset|KRaft bootstrap)|is empty\.$/.test(line),
    );
}

describe.each(writers)("of a directory that $name wrote", ({ start, hasTransactions }) => {
  const directory = temporaryDirectory("dump-comparison");

  beforeAll(async () => {
    const broker = await start();
    try {
      await writeDirectory(broker, hasTransactions);
      cpSync(broker.dataDirectory, directory, { recursive: true });
    } finally {
      await broker.dispose();
    }
  }, 600_000);

  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  test("nothing is wrong", () => {
    const findings = [...new DataDirectoryCheck(runtime, directory, () => false).run()];
    expect(findings.filter((finding) => finding !== undefined)).toEqual([]);
  });

  test("our dump tells the same records as Apache Kafka's", async () => {
    const files = ["codecs-0", ...(hasTransactions ? ["transactions-0"] : [])].flatMap((name) =>
      filesWith(join(directory, name), [".log"]),
    );
    expect(ours(files)).toEqual(await theirs(files, "--print-data-log"));
    expect(files.length).toBeGreaterThan(3);
  });

  test("our dump tells the same indexes and producers as Apache Kafka's", async () => {
    const files = filesWith(directory, ["index", ".snapshot"]);
    expect(ours(files)).toEqual(await theirs(files));
    expect(files.some((path) => path.endsWith(".txnindex"))).toBe(hasTransactions);
  });

  test.each(decoders.filter(([topic]) => hasTransactions || topic !== "__transaction_state"))(
    "our dump decodes %s as Apache Kafka's does",
    async (topic, decoder) => {
      const files = filesWith(directory, [".log", ".checkpoint"]).filter((path) => path.includes(`/${topic}-`));
      const expected = await theirs(files, decoder);
      expect(ours(files)).toEqual(expected);
      expect(expected.length).toBeGreaterThan(3);
    },
  );
});
