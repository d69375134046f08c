import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { BrokerUnderTest } from "../../clients/broker-under-test.ts";
import { runSuccessfully } from "../command.ts";
import { installedPython } from "../installed.ts";
import { type JavaTool, javaToolCommand } from "../java-tools/java-tool.ts";

const codecs = ["none", "gzip", "snappy", "lz4", "zstd"] as const;

/**
 * Lets Apache Kafka's tools write what a data directory can hold: all codecs over several segments, committed offsets of a
 * group, and transactions where the broker has them. Then the broker is stopped.
 */
export async function writeDirectory(broker: BrokerUnderTest, hasTransactions: boolean): Promise<void> {
  const run = (tool: JavaTool, args: readonly string[]) =>
    runSuccessfully(javaToolCommand(tool, args), { limitMs: 300_000 });
  const bootstrap = ["--bootstrap-server", broker.bootstrap];
  const topic = (name: string, ...configs: string[]) =>
    run("topics", [
      ...bootstrap,
      "--create",
      "--topic",
      name,
      "--partitions",
      "1",
      ...configs.flatMap((it) => ["--config", it]),
    ]);
  await topic("codecs", "segment.bytes=1048576");
  for (const codec of codecs) {
    const properties = `compression.type=${codec},linger.ms=5`.split(",");
    const command = ["--topic", "codecs", "--num-records", "2000", "--record-size", "600", "--throughput", "-1"];
    await run("producer-perf-test", [
      ...command,
      "--producer-props",
      ...properties,
      `bootstrap.servers=${broker.bootstrap}`,
    ]);
  }
  await run("console-consumer", [
    ...bootstrap,
    "--topic",
    "codecs",
    "--from-beginning",
    "--max-messages",
    "500",
    "--group",
    "readers",
  ]);
  if (hasTransactions) {
    await topic("transactions");
    const script = join(import.meta.dirname, "transactions.py");
    await runSuccessfully([installedPython(), script, broker.bootstrap, "transactions"], { limitMs: 300_000 });
  }
  await broker.stop();
}

/** Every file below the directory that is not empty and has one of these suffixes. */
export function filesWith(directory: string, suffixes: readonly string[]): string[] {
  return readdirSync(directory, { recursive: true, encoding: "utf8" })
    .map((path) => join(directory, path))
    .filter((path) => suffixes.some((suffix) => path.endsWith(suffix)) && statSync(path).size > 0)
    .sort();
}
