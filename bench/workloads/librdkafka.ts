import { spawn, spawnSync } from "node:child_process";
import { closeSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { BrokerUnderTest } from "../../test/clients/broker-under-test.ts";
import { cpuSeconds, forgetPeak, peakResidentMegabytes } from "../process-figures.ts";
import { verify } from "./produce.ts";
import { withTopic } from "./topics.ts";
import type { Figures, Workload } from "./workload.ts";

const recordBytes = 1_024;
const limitMs = 300_000;

/** librdkafka comes with kcat. */
export function hasKcat(): boolean {
  return spawnSync("kcat", ["-V"], { stdio: "ignore" }).status === 0;
}

/** Its producer with default settings (acks=all), and its consumer; the time of the whole process counts. */
export function librdkafkaWorkloads(records: number): Workload[] {
  const bytes = records * recordBytes;
  const goals = new Map([["records/s", { best: 1.2, every: 1 }]] as const);
  const common = { bytes, goals };
  return [
    {
      ...common,
      id: "librdkafka-producer",
      title: "librdkafka producer, 1 KB records",
      run: (broker) => withTopic(broker, 1, (topic) => produce(broker, topic, records)),
    },
    {
      ...common,
      id: "librdkafka-consumer",
      title: "librdkafka consumer, 1 KB records",
      run: (broker) =>
        withTopic(broker, 1, async (topic) => {
          await produce(broker, topic, records);
          // Asked to end at the end of the partition, it waits half a second for an empty answer.
          const count = ["-c", String(records)];
          const args = ["-C", "-b", broker.bootstrap, "-t", topic, "-p", "0", "-o", "beginning", ...count, "-q"];
          return measured(broker, records, [...args, "-X", "check.crcs=true"]);
        }),
    },
  ];
}

async function produce(broker: BrokerUnderTest, topic: string, records: number): Promise<Figures> {
  const lines = join(broker.directory, "lines");
  writeLines(lines, records);
  try {
    const args = ["-P", "-b", broker.bootstrap, "-t", topic, "-p", "0", "-q", "-l", lines];
    const figures = await measured(broker, records, [...args, "-X", "acks=-1"]);
    await verify(broker, topic, 1, records);
    return figures;
  } finally {
    rmSync(lines);
  }
}

async function measured(broker: BrokerUnderTest, records: number, args: readonly string[]): Promise<Figures> {
  forgetPeak(broker.pid);
  const cpuBefore = cpuSeconds(broker.pid);
  const startedMs = performance.now();
  await kcat(args);
  const seconds = (performance.now() - startedMs) / 1_000;
  return new Map([
    ["records/s", records / seconds],
    ["broker CPU s/GB", (cpuSeconds(broker.pid) - cpuBefore) / ((records * recordBytes) / 1e9)],
    ["peak RSS, MB", peakResidentMegabytes(broker.pid)],
  ]);
}

function kcat(args: readonly string[]): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const child = spawn("kcat", args, { stdio: ["ignore", "ignore", "pipe"], timeout: limitMs });
  let errors = "";
  child.stderr.on("data", (chunk: Buffer) => {
    errors = (errors + chunk.toString()).slice(-4_000);
  });
  child.on("error", reject);
  child.on("close", (code) => {
    if (code === 0) resolve();
    else reject(new Error(`kcat ${args.join(" ")} ended with exit code ${code}:\n${errors}`));
  });
  return promise;
}

function writeLines(path: string, records: number): void {
  const block = 1_000;
  const line = `${"abcdefghijklmnopqrstuvwxyz012345".repeat(recordBytes / 32)}\n`;
  const chunk = Buffer.from(line.repeat(block));
  const file = openSync(path, "w");
  for (let written = 0; written < records; written += block)
    writeSync(file, chunk, 0, Math.min(block, records - written) * line.length);
  closeSync(file);
}
