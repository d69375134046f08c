import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { BrokerUnderTest, freePorts, type Overrides, temporaryDirectory } from "../../clients/broker-under-test.ts";
import { serverCommands } from "../../clients/polylog-server.ts";
import { installApacheKafka } from "../apache-kafka/install.ts";
import { javaOptions } from "../apache-kafka/target.ts";
import { runSuccessfully } from "../command.ts";

const root = resolve(import.meta.dirname, "../../..");
const CLUSTER = "5L6g3nShT-eMCtK--X86sw";
const DIRECTORY = "JEXY6aqzQY-32P5TStzaFg";

const brokers: BrokerUnderTest[] = [];
afterEach(async () => {
  for (const broker of brokers.splice(0)) await broker.dispose();
});

interface Node {
  readonly directory: string;
  readonly properties: string;
  readonly port: number;
  readonly controllerPort: number;
}

async function prepare(overrides: (controllerPort: number) => Overrides): Promise<Node> {
  const [port, controllerPort] = (await freePorts(2)) as [number, number];
  const directory = temporaryDirectory("storage-format");
  const properties = join(directory, "server.properties");
  const settings = {
    "process.roles": "broker,controller",
    "node.id": "1",
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    "controller.listener.names": "CONTROLLER",
    "log.dirs": `${join(directory, "data")},${join(directory, "more")}`,
    "offsets.topic.replication.factor": "1",
    "group.initial.rebalance.delay.ms": "0",
    ...overrides(controllerPort),
  };
  const lines = Object.entries(settings).map(([key, value]) => `${key}=${value}\n`);
  writeFileSync(properties, lines.join(""));
  return { directory, properties, port, controllerPort };
}

const dynamic = (port: number): Overrides => ({ "controller.quorum.bootstrap.servers": `127.0.0.1:${port}` });
const fixed = (port: number): Overrides => ({ "controller.quorum.voters": `1@127.0.0.1:${port}` });

const polylogStorage = (...args: string[]) =>
  runSuccessfully([join(root, "node_modules/.bin/node"), join(root, "adapters/node/polylog.ts"), "storage", ...args]);

const kafkaStorage = (...args: string[]) =>
  runSuccessfully([
    "java",
    ...javaOptions("-Xmx256M"),
    "-cp",
    installApacheKafka().broker,
    "kafka.tools.StorageTool",
    ...args,
  ]);

async function start(node: Node, program: string, args: readonly string[]): Promise<BrokerUnderTest> {
  const broker = new BrokerUnderTest("formatted", node.port, node.directory, {
    program,
    args: [...args, node.properties],
  });
  brokers.push(broker);
  await broker.start();
  return broker;
}

const startKafka = (node: Node) =>
  start(node, "java", [...javaOptions("-Xmx1G"), "-cp", installApacheKafka().broker, "kafka.Kafka"]);

const roundTrip = async (port: number) => {
  await runSuccessfully(["kcat", "-b", `127.0.0.1:${port}`, "-P", "-t", "formatted"], { input: "a line\n" });
  return runSuccessfully(["kcat", "-b", `127.0.0.1:${port}`, "-C", "-t", "formatted", "-o", "beginning", "-e", "-q"]);
};

describe("Apache Kafka starts from what Polylog has formatted", () => {
  test.each<[string, (port: number) => Overrides, (port: number) => readonly string[]]>([
    ["--standalone", dynamic, () => ["--standalone"]],
    ["--initial-controllers", dynamic, (port) => ["--initial-controllers", `1@127.0.0.1:${port}:${DIRECTORY}`]],
    ["controller.quorum.voters", fixed, () => []],
  ])(
    "%s",
    async (_, overrides, args) => {
      const node = await prepare(overrides);
      await polylogStorage("format", "-t", CLUSTER, "-c", node.properties, ...args(node.controllerPort));
      const told = (await polylogStorage("info", "-c", node.properties)).trim();
      expect((await kafkaStorage("info", "-c", node.properties)).trim()).toBe(told);
      await startKafka(node);
      expect(await roundTrip(node.port)).toBe("a line\n");
    },
    120_000,
  );
});

describe("Polylog starts from what Apache Kafka has formatted", () => {
  /** Kafka finalizes all it has; a cluster that has finalized what Polylog lacks is none for it. */
  const without = ["group.version", "share.version", "streams.version", "transaction.version"].flatMap((name) => [
    "--feature",
    `${name}=0`,
  ]);

  test.each<[string, (port: number) => Overrides, readonly string[]]>([
    ["--standalone", dynamic, ["--standalone", ...without]],
    ["controller.quorum.voters", fixed, without],
  ])(
    "%s",
    async (_, overrides, args) => {
      const node = await prepare(overrides);
      await kafkaStorage("format", "-t", CLUSTER, "-c", node.properties, ...args);
      expect((await polylogStorage("info", "-c", node.properties)).trim()).toBe(
        (await kafkaStorage("info", "-c", node.properties)).trim(),
      );
      const [program, ...rest] = serverCommands.node as [string, ...string[]];
      const broker = await start(node, program, rest);
      expect(broker.output).not.toContain("Formatted");
      expect(await roundTrip(node.port)).toBe("a line\n");
    },
    120_000,
  );
});
