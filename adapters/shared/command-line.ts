import { once } from "node:events";
import { hostname } from "node:os";
import process from "node:process";
import type { CommandEnvironment } from "../../src/command/command.ts";
import { runPolylog } from "../../src/command/polylog.ts";
import type { Terminal } from "../../src/command/terminal.ts";
import type { LogLevel, Runtime } from "../../src/runtime.ts";
import type { RuntimeOptions } from "./create-runtime.ts";
import type { ListenHttp } from "./serve-http.ts";

/** What differs between the runtimes; loaded when it is needed, so that help is instant. */
export interface CommandLineParts {
  readonly loadAdapter: () => Promise<{ createRuntime(options?: RuntimeOptions): Runtime }>;
  readonly loadHttp: () => Promise<{ readonly listenHttp: ListenHttp }>;
  /** What a service should say of how it was started, in its log. */
  readonly startNote?: string;
}

/** Runs a command of `polylog` and ends the process with its exit code. */
export async function runCommandLine(args: readonly string[], parts: CommandLineParts): Promise<never> {
  // Somebody who closes the pipe has seen enough: `polylog consume ... | head`.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));
  const exitCode = await runPolylog(args, createEnvironment(parts));
  await new Promise<void>((resolve) => process.stdout.write("", () => resolve()));
  process.exit(exitCode);
}

function createEnvironment(parts: CommandLineParts): CommandEnvironment {
  return {
    terminal: createTerminal(),
    async loadRuntime(isService) {
      const { createRuntime } = await parts.loadAdapter();
      const runtime = createRuntime({ logLevel: isService ? serviceLogLevel() : "warn" });
      if (parts.startNote !== undefined) runtime.log.write("info", parts.startNote);
      return runtime;
    },
    async serveHttp(runtime, broker, config) {
      if (config["polylog.http.listeners"].length === 0) return async () => {};
      const [{ listenHttp }, { serveHttp }] = await Promise.all([parts.loadHttp(), import("./serve-http.ts")]);
      return serveHttp(listenHttp, runtime, broker, config);
    },
  };
}

/** The variable by which Apache Kafka's image sets the level. */
function serviceLogLevel(): LogLevel {
  const level = process.env.KAFKA_LOG4J_ROOT_LOGLEVEL?.toLowerCase();
  if (level === "debug" || level === "trace") return "debug";
  return level === "warn" || level === "error" ? level : "info";
}

function createTerminal(): Terminal {
  let stopRequested: Promise<string> | undefined;
  return {
    environment: process.env,
    hostName: hostname(),
    input: () => process.stdin,
    async write(output) {
      if (!process.stdout.write(output)) await once(process.stdout, "drain");
    },
    writeError(text) {
      process.stderr.write(text);
    },
    get isErrorInteractive() {
      return process.stderr.isTTY === true;
    },
    // Handled from the first time somebody asks; until then a signal ends the process at once.
    get stopRequested() {
      stopRequested ??= new Promise((resolve) => {
        // Not `once`: npm and a terminal both pass the signal on, and the second one must not break off a clean stop.
        for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => resolve(signal));
      });
      return stopRequested;
    },
  };
}
