import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  BrokerUnderTest,
  freePorts,
  type Overrides,
  type Target,
  temporaryDirectory,
} from "../../clients/broker-under-test.ts";
import { loopbackSettings } from "../../clients/polylog-server.ts";
import { installApacheKafka } from "./install.ts";

const formatLimitMs = 180_000;

/** The control: what these suites claim of a broker must be true of Apache Kafka. */
export const apacheKafka: Target = { name: "apache-kafka", isPolylog: false, start: startApacheKafka };

export async function startApacheKafka(overrides: Overrides = {}): Promise<BrokerUnderTest> {
  const [port, controllerPort] = (await freePorts(2)) as [number, number];
  const directory = temporaryDirectory("apache-kafka");
  const properties = join(directory, "server.properties");
  const settings = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "inter.broker.listener.name": "PLAINTEXT",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    ...loopbackSettings(port, controllerPort),
    "log.dirs": join(directory, "data"),
    ...overrides,
  };
  const lines = Object.entries(settings).map(([key, value]) => `${key}=${value}`);
  writeFileSync(properties, `${lines.join("\n")}\n`);
  format(properties);
  const broker = new BrokerUnderTest("apache-kafka", port, directory, {
    program: "java",
    args: [...javaOptions("-Xmx1G"), "-cp", installApacheKafka().broker, "kafka.Kafka", properties],
  });
  await broker.start();
  return broker;
}

export const loggingOption = `-Dlog4j2.configurationFile=${join(import.meta.dirname, "log4j2.xml")}`;

/** The garbage collector settings are those of Apache's own start script. */
export function javaOptions(heap: string): string[] {
  const collector = ["-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20", "-XX:InitiatingHeapOccupancyPercent=35"];
  return [heap, "-server", ...collector, loggingOption];
}

function format(properties: string): void {
  const args = [...javaOptions("-Xmx256M"), "-cp", installApacheKafka().broker, "kafka.tools.StorageTool"];
  const command = [...args, "format", "--cluster-id", "Tf1r4dXSQJqF9sJ5cN0iLw", "--standalone", "--config", properties];
  const { status, stdout, stderr } = spawnSync("java", command, { encoding: "utf8", timeout: formatLimitMs });
  if (status !== 0) throw new Error(`storage format failed:\n${stdout}\n${stderr}`);
}
