import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, expect, test, vi } from "vitest";
import { BrokerUnderTest, freePorts, temporaryDirectory } from "../../clients/broker-under-test.ts";
import { loopbackSettings, serverCommands } from "../../clients/polylog-server.ts";
import { installApacheKafka } from "../apache-kafka/install.ts";
import { javaOptions } from "../apache-kafka/target.ts";
import { runSuccessfully } from "../command.ts";
import { javaToolCommand } from "../java-tools/java-tool.ts";

// Two programs take turns with one data directory: each cleans what the other has written and cleaned.

const root = resolve(import.meta.dirname, "../../..");
const topic = "settings";
const keys = Array.from({ length: 50 }, (_, index) => `key-${index}`);

let running: BrokerUnderTest | undefined;
let directory = "";
afterEach(async () => {
  await running?.kill();
  if (directory !== "") rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
});

const programs = {
  polylog: serverCommands.node!,
  kafka: ["java", ...javaOptions("-Xmx1G"), "-cp", installApacheKafka().broker, "kafka.Kafka"],
} as const;

async function prepare(): Promise<{ properties: string; port: number }> {
  const [port, controllerPort] = (await freePorts(2)) as [number, number];
  directory = temporaryDirectory("log-cleaner");
  const properties = join(directory, "server.properties");
  const settings = {
    "process.roles": "broker,controller",
    "node.id": "1",
    ...loopbackSettings(port, controllerPort),
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "inter.broker.listener.name": "PLAINTEXT",
    "log.dirs": join(directory, "data"),
    "log.cleaner.backoff.ms": "300",
  };
  writeFileSync(
    properties,
    Object.entries(settings)
      .map(([key, value]) => `${key}=${value}\n`)
      .join(""),
  );
  const polylog = [join(root, "node_modules/.bin/node"), join(root, "adapters/node/polylog.ts")];
  const format = [
    "storage",
    "format",
    "--cluster-id",
    "5L6g3nShT-eMCtK--X86sw",
    "--standalone",
    "--config",
    properties,
  ];
  await runSuccessfully([...polylog, ...format]);
  return { properties, port };
}

async function start(name: keyof typeof programs, port: number, properties: string): Promise<BrokerUnderTest> {
  const [program, ...args] = programs[name] as [string, ...string[]];
  running = new BrokerUnderTest(name, port, directory, { program, args: [...args, properties] });
  await running.start();
  return running;
}

const logFiles = () =>
  readdirSync(join(directory, "data", `${topic}-0`))
    .filter((name) => /^\d{20}\.log$/.test(name))
    .map((name) => join(directory, "data", `${topic}-0`, name));

function cleanedUpTo(): number {
  try {
    const file = readFileSync(join(directory, "data/cleaner-offset-checkpoint"), "utf8");
    return Number(new RegExp(`^${topic} 0 (\\d+)$`, "m").exec(file)?.[1] ?? 0);
  } catch {
    return 0;
  }
}

interface Line {
  readonly offset: number;
  readonly key: string;
  /** Undefined for a tombstone. */
  readonly value: string | undefined;
}

async function read(bootstrap: string): Promise<Line[]> {
  const format = "%o\t%k\t%S\t%s\n";
  const output = await runSuccessfully([
    "kcat",
    "-b",
    bootstrap,
    "-C",
    "-t",
    topic,
    "-o",
    "beginning",
    "-e",
    "-q",
    "-f",
    format,
  ]);
  return output
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [offset, key, size, value] = line.split("\t") as [string, string, string, string];
      return { offset: Number(offset), key, value: Number(size) < 0 ? undefined : value };
    });
}

/** What either says of the log. A busy machine makes Apache Kafka's other parts complain of each other. */
function complaints(output: string): string[] {
  return output
    .split("\n")
    .filter((line) => /corrupt|invalid|recover|uncleanable|could not be cleaned|ERROR \w*Log/i.test(line));
}

test("Polylog and Apache Kafka clean the same log in turns, and say the same", { timeout: 900_000 }, async () => {
  const { properties, port } = await prepare();
  const latest = new Map<string, string>();
  let written = 0;
  for (const [turn, name] of (["polylog", "kafka", "polylog", "kafka", "polylog"] as const).entries()) {
    const broker = await start(name, port, properties);
    const { bootstrap } = broker;
    if (turn === 0) {
      const settings = [
        "cleanup.policy=compact",
        "segment.ms=500",
        "min.cleanable.dirty.ratio=0.01",
        "delete.retention.ms=1000",
      ];
      const config = settings.flatMap((setting) => ["--config", setting]);
      const create = ["--bootstrap-server", bootstrap, "--create", "--topic", topic, "--partitions", "1", ...config];
      await runSuccessfully(javaToolCommand("topics", create), { limitMs: 90_000 });
    }
    for (const [round, codec] of ["none", "gzip", "snappy", "lz4", "zstd"].entries()) {
      const input = keys.map((key, index) => {
        const isDeleted = (index + round + turn) % 7 === 0;
        const value = `${name} ${turn} ${round} `.padEnd(60, "x");
        if (isDeleted) latest.delete(key);
        else latest.set(key, value);
        return `${key}=${isDeleted ? "" : value}\n`;
      });
      written += keys.length;
      const produce = ["kcat", "-b", bootstrap, "-P", "-t", topic, "-K", "=", "-Z", "-X", "linger.ms=50"];
      await runSuccessfully([...produce, ...(codec === "none" ? [] : ["-z", codec])], { input: input.join("") });
      // The next record finds the segment old enough to be rolled.
      await delay(700);
    }
    const activeSegmentRecords = keys.length;
    await vi.waitFor(() => expect(cleanedUpTo()).toBeGreaterThanOrEqual(written - activeSegmentRecords), {
      timeout: 90_000,
      interval: 100,
    });
    const lines = await read(bootstrap);
    expect(lines.length, `${name} has cleaned`).toBeLessThanOrEqual(3 * keys.length);
    const found = new Map<string, string>();
    for (const { key, value } of lines) {
      if (value === undefined) found.delete(key);
      else found.set(key, value);
    }
    expect([...found].sort()).toEqual([...latest].sort());
    await broker.stop();
    expect(complaints(broker.output)).toEqual([]);
    const dump = await runSuccessfully(
      javaToolCommand("dump-log", ["--files", logFiles().join(","), "--deep-iteration"]),
      {
        limitMs: 90_000,
      },
    );
    const batches = dump.split("\n").filter((line) => line.startsWith("baseOffset: "));
    expect(batches.length).toBeGreaterThan(0);
    expect(batches.filter((line) => !line.includes("isvalid: true"))).toEqual([]);
  }
});
