import { once } from "node:events";
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import process from "node:process";
import type { CommandEnvironment } from "../../src/command/command.ts";
import { runPolylog } from "../../src/command/polylog.ts";
import type { Terminal } from "../../src/command/terminal.ts";
import type { Runtime } from "../../src/runtime.ts";
import { DescriptorOutput, endWithoutReader, exitingOnError } from "./descriptor-output.ts";
import { createLogSink, isLogLevel, logLevels } from "./log-lines.ts";
import type { RuntimeOptions } from "./runtime-options.ts";
import type { ListenHttp } from "./serve-http.ts";
import { ServiceOutput } from "./service-output.ts";

/** What differs between the runtimes; loaded when it is needed, so that help is instant. */
export interface CommandLineParts {
  readonly loadAdapter: () => Promise<{ createRuntime(options?: RuntimeOptions): Runtime }>;
  readonly loadHttp: () => Promise<{ readonly listenHttp: ListenHttp }>;
  /** What a service should say of how it was started, in its log. */
  readonly startNote?: string;
}

/** Runs a command of `polylog` and ends the process with its exit code. */
export async function runCommandLine(args: readonly string[], parts: CommandLineParts): Promise<never> {
  const terminal = createTerminal();
  const exitCode = await runPolylog(args, createEnvironment(parts, terminal));
  await terminal.flush();
  process.exit(exitCode);
}

function createEnvironment(parts: CommandLineParts, terminal: Terminal): CommandEnvironment {
  return {
    terminal,
    async loadRuntime(isService) {
      const { createRuntime } = await parts.loadAdapter();
      const level = isService ? requestedLevel() : "warn";
      const runtime = createRuntime({
        log: createLogSink(logOutput(1, isService), logOutput(2, isService)),
        logLevel: isLogLevel(level) ? level : "info",
      });
      if (!isLogLevel(level)) {
        runtime.log.write("warn", `${LEVEL_VARIABLE} is ${level.toUpperCase()}: use one of ${logLevels.join(", ")}`);
      }
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

function logOutput(descriptor: 1 | 2, isService: boolean): ServiceOutput | DescriptorOutput {
  if (!isService) return new DescriptorOutput(descriptor, endWithoutReader);
  return new ServiceOutput((onFailure) => new DescriptorOutput(descriptor, onFailure));
}

/** By which Apache Kafka's image sets the level. */
const LEVEL_VARIABLE = "KAFKA_LOG4J_ROOT_LOGLEVEL";

function requestedLevel(): string {
  return process.env[LEVEL_VARIABLE]?.toLowerCase() ?? "info";
}

function createTerminal(): Terminal & { flush(): Promise<void> } {
  let stopRequested: Promise<string> | undefined;
  let output: NodeJS.WriteStream | undefined;
  return {
    environment: process.env,
    hostName: hostname(),
    input: () => process.stdin,
    async write(bytes) {
      output ??= exitingOnError(process.stdout);
      if (!output.write(bytes)) await once(output, "drain");
    },
    async flush() {
      await new Promise<unknown>((resolve) => (output === undefined ? resolve(undefined) : output.write("", resolve)));
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
        // Before any is handled: Deno's handlers come all at once.
        const isIgnored = isHangupIgnored();
        // Not `once`: npm and a terminal both pass the signal on, and the second one must not break off a clean stop.
        for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => resolve(signal));
        process.on("SIGHUP", () => !isIgnored && resolve("SIGHUP"));
      });
      return stopRequested;
    },
  };
}

/** By whoever has started the process, as `nohup` does. Node ends that at its start. */
function isHangupIgnored(): boolean {
  if (process.platform !== "linux") return false;
  const [, ignored = "0"] = /^SigIgn:\s*([0-9a-f]+)/m.exec(readFileSync("/proc/self/status", "latin1")) ?? [];
  return Number.parseInt(ignored.at(-1)!, 16) % 2 === 1;
}
