import type { Broker } from "../broker.ts";
import type { Config } from "../config/config.ts";
import type { Runtime } from "../runtime.ts";
import { type OptionDefinition, type ParsedArguments, UsageError } from "./arguments.ts";
import type { Terminal } from "./terminal.ts";

/** One command of `polylog`: what it is called, what it takes, what it does. */
export interface Command {
  /** With its group: `topic create`. */
  readonly name: string;
  /** One line, in the imperative. */
  readonly summary: string;
  /** What follows the options: `[FILE]`, `TOPIC...`. */
  readonly operands?: string;
  /** More than the summary: what a newcomer would ask. */
  readonly description?: string;
  readonly examples?: readonly string[];
  readonly options: readonly OptionDefinition[];
  /** It works in the background and says so in its log; others write what was asked of them, and warnings. */
  readonly isService?: true;
  /** Resolves with the exit code. */
  run(context: CommandContext, args: ParsedArguments): Promise<number>;
}

/** What the entry point of a runtime provides. */
export interface CommandEnvironment {
  readonly terminal: Terminal;
  /** Called when a command is about to run, so that help needs none. */
  readonly loadRuntime: (isService: boolean) => Promise<Runtime>;
  /** Serves health and metrics of a running broker where the configuration says so; resolves with what stops it. */
  readonly serveHttp: (runtime: Runtime, broker: Broker, config: Config) => Promise<() => Promise<void>>;
}

export interface CommandContext extends CommandEnvironment {
  readonly runtime: Runtime;
}

/** Throws a {@link UsageError} unless there are `least` to `most` operands. */
export function checkOperands(args: ParsedArguments, least: number, most: number, what: string): void {
  const count = args.operands.length;
  if (count < least) throw new UsageError(`${what} is missing`);
  if (count > most) throw new UsageError(`Unexpected argument '${args.operands[most]}'`);
}
