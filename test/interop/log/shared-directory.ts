import { rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { BrokerUnderTest, freePorts, temporaryDirectory } from "../../clients/broker-under-test.ts";
import { loopbackSettings, serverCommands } from "../../clients/polylog-server.ts";
import { installApacheKafka } from "../apache-kafka/install.ts";
import { loggingOption } from "../apache-kafka/target.ts";
import { COMMON_FEATURES } from "../cluster/launcher.ts";
import { runSuccessfully } from "../command.ts";

const root = resolve(import.meta.dirname, "../../..");
const polylog = [join(root, "node_modules/.bin/node"), join(root, "adapters/node/polylog.ts")];
/** It lives for seconds; what it tells of a log it opens, it tells as INFO. */
const java = ["java", "-Xmx512M", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", loggingOption];
const kafka = [...java, "-Dpolylog.interop.level=INFO", "-cp", installApacheKafka().broker];

export const KAFKA = "kafka";
/** A runtime of Polylog, or {@link KAFKA}. */
export type Program = string;

/** One data directory that both programs can be started on, one at a time. */
export class SharedDirectory {
  readonly #directory = temporaryDirectory("round-trips");
  readonly #properties = join(this.#directory, "server.properties");
  #port = 0;
  #running: BrokerUnderTest | undefined;

  /** Formatted by the one or the other, with these settings beside what a single node needs. */
  static async create(formatter: "polylog" | "kafka", settings: Readonly<Record<string, string>>) {
    const directory = new SharedDirectory();
    const [port, controllerPort] = (await freePorts(2)) as [number, number];
    directory.#port = port;
    const all = {
      "process.roles": "broker,controller",
      "node.id": "1",
      ...loopbackSettings(port, controllerPort),
      "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
      "inter.broker.listener.name": "PLAINTEXT",
      "log.dirs": directory.data,
      ...settings,
    };
    const lines = Object.entries(all).map(([key, value]) => `${key}=${value}\n`);
    writeFileSync(directory.#properties, lines.join(""));
    const format = ["--cluster-id", "5L6g3nShT-eMCtK--X86sw", "--standalone", "--config", directory.#properties];
    const command = {
      polylog: [...polylog, "storage", "format", ...format],
      kafka: [
        ...kafka,
        "kafka.tools.StorageTool",
        "format",
        ...format,
        ...COMMON_FEATURES.flatMap((it) => ["--feature", it]),
      ],
    };
    await runSuccessfully(command[formatter]);
    return directory;
  }

  get data(): string {
    return join(this.#directory, "data");
  }

  pathOf(topic: string): string {
    return join(this.data, `${topic}-0`);
  }

  async start(name: Program): Promise<BrokerUnderTest> {
    const [program, ...args] = name === KAFKA ? [...kafka, "kafka.Kafka"] : serverCommands[name]!;
    const launch = { program: program!, args: [...args, this.#properties] };
    this.#running = new BrokerUnderTest(name, this.#port, this.#directory, launch);
    await this.#running.start();
    return this.#running;
  }

  async dispose(): Promise<void> {
    await this.#running?.kill();
    rmSync(this.#directory, { recursive: true, force: true, maxRetries: 3 });
  }
}
