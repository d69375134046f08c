import { ConfigError } from "../config/config-error.ts";
import { type CreatedConfig, createConfig } from "../config/create-config.ts";
import { clusterIdOfEnvironment, settingsOfEnvironment } from "../config/environment.ts";
import { singleNodeUnder } from "../config/single-node.ts";
import { pairsOption } from "./arguments.ts";
import { type Command, type CommandContext, checkOperands } from "./command.ts";
import { readPropertiesFile } from "./properties-file.ts";

export const serverCommand: Command = {
  name: "server",
  summary: "Start a broker.",
  operands: "[FILE]",
  description:
    "FILE is a server.properties as Apache Kafka has it. Variables of the environment that begin with KAFKA_ come over it " +
    "(KAFKA_LOG_DIRS is log.dirs), and --override over both. When nothing says what the node is (process.roles), it is a " +
    "single node, broker and controller in one, on 127.0.0.1:9092, with its data in ./polylog-data.",
  options: [
    {
      name: "override",
      value: "KEY=VALUE",
      repeated: true,
      documentation: "A setting over those of FILE and environment; can be given several times.",
    },
  ],
  examples: [
    "polylog server",
    "polylog server --override listeners=PLAINTEXT://127.0.0.1:19092 --override log.dirs=/var/lib/polylog",
    "polylog server /etc/kafka/server.properties",
  ],
  isService: true,
  run: runServer,
};

async function runServer(context: CommandContext, args: Parameters<Command["run"]>[1]): Promise<number> {
  checkOperands(args, 0, 1, "FILE");
  const { runtime, terminal } = context;
  const created = configure(context, args.operands[0], new Map(pairsOption(args, "override")));
  if (created === undefined) return 1;
  const { config, warnings } = created;
  for (const warning of warnings) runtime.log.write("warn", warning);

  // Asked for before the start: as the first process of a container, one without a handler never gets the signal.
  const { stopRequested } = terminal;
  const { startBroker } = await import("../broker.ts");
  const broker = await startBroker(runtime, config, { clusterId: clusterIdOfEnvironment(terminal.environment) });
  let stopHttp = async () => {};
  try {
    stopHttp = await context.serveHttp(runtime, broker, config);
  } catch (error) {
    await broker.close();
    throw error;
  }
  const signal = await stopRequested;
  runtime.log.write("info", `Stopping on ${signal}`);
  await stopHttp();
  await broker.close();
  return 0;
}

/** Undefined when the configuration can't be used; the reasons are on standard error then. */
function configure(
  { runtime, terminal }: CommandContext,
  file: string | undefined,
  overrides: ReadonlyMap<string, string>,
): CreatedConfig | undefined {
  const environment = settingsOfEnvironment(terminal.environment);
  try {
    const { hostName } = terminal;
    if (file !== undefined) {
      return createConfig({ given: [overrides, environment, readPropertiesFile(runtime.files, file)], hostName });
    }
    const { given, defaults } = singleNodeUnder(new Map([...environment, ...overrides]));
    return createConfig({ given: [given], defaults, hostName });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const source = file === undefined ? "The configuration" : file;
    terminal.writeError(`${source} can't be used:\n${error.problems.map((it) => `  - ${it}\n`).join("")}`);
    return undefined;
  }
}
