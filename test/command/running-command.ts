import { createRuntime } from "#adapter";
import { createMemoryFiles } from "../../adapters/shared/files/memory-files.ts";
import { type Broker, startBroker } from "../../src/broker.ts";
import type { CommandEnvironment } from "../../src/command/command.ts";
import { runPolylog } from "../../src/command/polylog.ts";
import { createConfig } from "../../src/config/create-config.ts";
import { singleNodeSettings } from "../../src/config/single-node.ts";
import type { LogSink, Runtime } from "../../src/runtime.ts";
import { MemoryTerminal } from "./memory-terminal.ts";

export interface CommandResult {
  readonly exitCode: number;
  readonly output: string;
  readonly errors: string;
}

const silent: LogSink = { write() {} };

/** A runtime with real sockets and a disk in memory. */
export function memoryRuntime(): Runtime {
  return createRuntime({ files: createMemoryFiles({ now: () => Date.now() }), log: silent });
}

/** A broker in this process, on a free port. */
export function startMemoryBroker(runtime = memoryRuntime()): Promise<Broker> {
  const { config } = createConfig({ given: [], defaults: singleNodeSettings({ port: 0, logDirs: "/data" }) });
  return startBroker(runtime, config);
}

/** Runs a command line to its end. */
export async function polylog(
  args: readonly string[],
  options: {
    readonly input?: string;
    readonly runtime?: Runtime;
    readonly terminal?: MemoryTerminal;
    readonly serveHttp?: CommandEnvironment["serveHttp"];
  } = {},
): Promise<CommandResult> {
  const terminal = options.terminal ?? new MemoryTerminal(options.input);
  const exitCode = await runPolylog(args, {
    terminal,
    loadRuntime: async () => options.runtime ?? memoryRuntime(),
    serveHttp: options.serveHttp ?? (async () => async () => {}),
  });
  return { exitCode, output: terminal.output, errors: terminal.errors };
}
