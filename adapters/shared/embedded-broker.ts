/// <reference lib="esnext.disposable" preserve="true" />
import { startBroker } from "../../src/broker.ts";
import { createConfig } from "../../src/config/create-config.ts";
import { singleNodeSettings, singleNodeUnder } from "../../src/config/single-node.ts";
import type { Runtime } from "../../src/runtime.ts";
import { checkEmbeddedOptions, type EmbeddedBrokerOptions } from "./embedded-options.ts";
import { createMemoryFiles } from "./files/memory-files.ts";
import type { RuntimeOptions } from "./runtime-options.ts";

export type { EmbeddedBrokerOptions } from "./embedded-options.ts";

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
  const {
    host = "127.0.0.1",
    port = 9092,
    dataDirectory,
    log,
    logLevel = log === undefined ? "warn" : "trace",
    clusterId,
  } = checkEmbeddedOptions(options);
  const files = dataDirectory === undefined ? createMemoryFiles() : undefined;
  const runtime = createRuntime({ files, log, logLevel });
  const settings = singleNodeSettings({ host, port, controllerPort: 0, logDirs: dataDirectory ?? "/polylog-data" });
  const asked = new Map(Object.entries(options.config ?? {}));
  // One of several nodes says itself where controllers listen.
  const isSingle = !asked.has("process.roles");
  const { given, defaults } = isSingle ? singleNodeUnder(asked, settings) : { given: asked, defaults: settings };
  const { config, warnings } = createConfig({ given: [given], defaults });
  for (const warning of warnings) runtime.log.write("warn", warning);
  if (config["polylog.http.listeners"].length > 0) {
    runtime.log.write(
      "warn",
      "polylog.http.listeners is set and has no effect: a broker inside a process serves no HTTP.",
    );
  }
  const broker = await startBroker(runtime, config, { clusterId });
  const address = broker.listeners.values().next().value!;
  const close = async (): Promise<void> => {
    await broker.close();
  };
  return {
    bootstrapServers: broker.bootstrapServers,
    host: address.host,
    port: address.port,
    clusterId: broker.clusterId,
    close,
    [Symbol.asyncDispose]: close,
  };
}
