import type { Broker } from "../broker.ts";
import { VERSION } from "../client/software.ts";
import type { Config } from "../config/config.ts";
import { ConfigError } from "../config/config-error.ts";
import { type CreatedConfig, createConfig, logDirs, metadataLogDir } from "../config/create-config.ts";
import { clusterIdOfEnvironment, settingsOfEnvironment, variableOf } from "../config/environment.ts";
import { singleNodeUnder } from "../config/single-node.ts";
import { createDeferred } from "../deferred.ts";
import type { Runtime } from "../runtime.ts";
import { type ParsedArguments, pairsOption } from "./arguments.ts";
import { type Command, type CommandContext, checkOperands } from "./command.ts";
import { readPropertiesFile } from "./properties-file.ts";

/** A stop waits so long for a start under way. */
const STOP_PATIENCE_MS = 5_000;
/** Beside a start that takes longer, health and metrics are served. */
const HTTP_DELAY_MS = 300;

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
    {
      name: "defaults",
      value: "FILE",
      documentation:
        "Settings of a single node in place of the built-in ones: they stand under the environment when it does not say what the node is.",
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

async function runServer(context: CommandContext, args: ParsedArguments): Promise<number> {
  checkOperands(args, 0, 1, "FILE");
  const { runtime, terminal } = context;
  const created = configure(context, args);
  if (created === undefined) return 1;
  const { config, warnings } = created;
  runtime.log.write("info", describeStart(runtime, config));
  for (const warning of warnings) runtime.log.write("warn", warning);

  // Asked for before the start: as the first process of a container, one without a handler never gets the signal.
  const { stopRequested } = terminal;
  const { started, http } = await startNode(context, config);
  let broker: Broker | undefined;
  let stopHttp: (() => Promise<void>) | undefined;
  const running = Promise.all([
    started.then((node) => {
      broker = node;
    }),
    http.then((stop) => {
      stopHttp = stop;
    }),
  ]);
  let isClean = true;
  try {
    await Promise.race([running, stopRequested]);
    runtime.log.write("info", `Stopping on ${await stopRequested}`);
    // The start may wait for controllers that do not come, or read logs for long.
    await Promise.race([running, after(runtime, STOP_PATIENCE_MS)]);
    if (broker === undefined) runtime.log.write("warn", "The start is not complete: the node is left as by a kill");
  } finally {
    isClean = (await broker?.close()) !== false;
    // Until here it has told that the broker is not ready any more.
    await stopHttp?.();
  }
  return isClean ? 0 : 1;
}

function describeStart({ name }: Runtime, config: Config): string {
  const directories = [...new Set([metadataLogDir(config), ...logDirs(config)])].join(", ");
  return `Polylog ${VERSION} on ${name}: node ${config["node.id"]}, ${config["process.roles"].join(" and ")}, data in ${directories}`;
}

/** Both reject when the node can't start. */
interface StartingNode {
  readonly started: Promise<Broker>;
  /** Resolves with what stops it. */
  readonly http: Promise<() => Promise<void>>;
}

async function startNode({ runtime, terminal, serveHttp }: CommandContext, config: Config): Promise<StartingNode> {
  const { startBroker } = await import("../broker.ts");
  const { promise: starting, resolve: onStarting } = createDeferred<Broker>();
  const clusterId = clusterIdOfEnvironment(terminal.environment);
  const started = startBroker(runtime, config, { clusterId, onStarting });
  // A start that takes long must not look like a dead process; one that does not is not held up.
  const http = Promise.race([started, after(runtime, HTTP_DELAY_MS)]).then(async () =>
    serveHttp(runtime, await starting, config),
  );
  return { started, http };
}

function after({ clock }: Runtime, delayMs: number): Promise<undefined> {
  return new Promise((resolve) => clock.schedule(delayMs, () => resolve(undefined)));
}

/** Undefined when the configuration can't be used; the reasons are on standard error then. */
function configure({ runtime, terminal }: CommandContext, args: ParsedArguments): CreatedConfig | undefined {
  const [file] = args.operands;
  const defaultsFile = args.get("defaults");
  const overrides = new Map(pairsOption(args, "override"));
  const environment = settingsOfEnvironment(terminal.environment);
  const { hostName } = terminal;
  const whereIs = (key: string) => (overrides.has(key) ? "--override" : variableOf(terminal.environment, key));
  try {
    if (file !== undefined) {
      const ofFile = readPropertiesFile(runtime.files, file);
      const given = [overrides, environment, ofFile.settings];
      return createConfig({ given, hostName, whereIs: (key) => whereIs(key) ?? ofFile.whereIs(key) });
    }
    const ofFile = defaultsFile === undefined ? undefined : readPropertiesFile(runtime.files, defaultsFile);
    const { given, defaults } = singleNodeUnder(new Map([...environment, ...overrides]), ofFile?.settings);
    return createConfig({ given: [given], defaults, hostName, whereIs: (key) => whereIs(key) ?? ofFile?.whereIs(key) });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const problems = error.problems.map((it) => `  - ${it}\n`);
    terminal.writeError(`The configuration can't be used:\n${problems.join("")}`);
    return undefined;
  }
}
