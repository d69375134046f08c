import { startBroker } from "../../src/broker.ts";
import { createConfig } from "../../src/config/create-config.ts";
import { singleNodeSettings } from "../../src/config/single-node.ts";
import type { LogLevel, LogSink, Runtime } from "../../src/runtime.ts";
import type { RuntimeOptions } from "./create-runtime.ts";
import { createMemoryFiles } from "./memory-files.ts";

/** How a broker inside this process is to be; everything can be left out. */
export interface EmbeddedBrokerOptions {
  /** Where clients connect. Default: 9092; 0 picks a free port. */
  readonly port?: number;
  /** Default: 127.0.0.1. */
  readonly host?: string;
  /** Where the data stays. Left out, the broker keeps everything in memory and forgets it when it is closed. */
  readonly dataDirectory?: string;
  /** Settings by Kafka's names, as in `server.properties`. */
  readonly config?: Readonly<Record<string, string>>;
  /** The id that a new data directory gets; a random one when left out. */
  readonly clusterId?: string;
  /** The least level that is written to standard error. Default: warn. */
  readonly logLevel?: LogLevel;
  /** Takes the log lines instead of standard error. */
  readonly log?: LogSink;
}

/** A running broker. `await using` closes it at the end of the block. */
export interface EmbeddedBroker extends AsyncDisposable {
  /** For a client's `bootstrap.servers`: `host:port`. */
  readonly bootstrapServers: string;
  readonly host: string;
  /** The port really bound. */
  readonly port: number;
  readonly clusterId: string;
  /** A clean stop. Idempotent. */
  close(): Promise<void>;
}

/**
 * Starts a single-node broker in this process and resolves when clients can use it. Any number of them can run side by
 * side. Rejects with a ConfigError that names what is wrong with a setting, or with the system's error (EADDRINUSE).
 */
export async function startEmbeddedBroker(
  createRuntime: (options: RuntimeOptions) => Runtime,
  options: EmbeddedBrokerOptions,
): Promise<EmbeddedBroker> {
  const { host = "127.0.0.1", port = 9092, dataDirectory, logLevel = "warn", log, clusterId } = options;
  const files = dataDirectory === undefined ? createMemoryFiles() : undefined;
  const runtime = createRuntime({ files, log, logLevel });
  const defaults = singleNodeSettings({ host, port, controllerPort: 0, logDirs: dataDirectory ?? "/polylog-data" });
  const given = new Map(Object.entries(options.config ?? {}));
  const { config, warnings } = createConfig({ given: [given], defaults });
  for (const warning of warnings) runtime.log.write("warn", warning);
  const broker = await startBroker(runtime, config, { clusterId });
  const address = broker.listeners.values().next().value!;
  const close = () => broker.close();
  return {
    bootstrapServers: broker.bootstrapServers,
    host: address.host,
    port: address.port,
    clusterId: broker.clusterId,
    close,
    [Symbol.asyncDispose]: close,
  };
}
