/** Options and operands of a command line, in the manner of POSIX with long options: `--name value`, `--name=value`, `-n value`. */
import { closestName } from "../config/closest-name.ts";

export interface OptionDefinition {
  /** Without the dashes. */
  readonly name: string;
  /** One letter. */
  readonly short?: string;
  /** What stands for the value in the help; left out for an option without one. */
  readonly value?: string;
  /** May be given several times. */
  readonly repeated?: true;
  readonly documentation: string;
}

export interface ParsedArguments {
  readonly operands: readonly string[];
  has(name: string): boolean;
  /** The value of an option that takes one; the last when it was given twice. */
  get(name: string): string | undefined;
  all(name: string): readonly string[];
}

/** The command line can't be understood; the message says what is wrong with it. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Throws a {@link UsageError}. */
export function parseArguments(args: readonly string[], options: readonly OptionDefinition[]): ParsedArguments {
  const values = new Map<string, string[]>();
  const operands: string[] = [];
  const rest = [...args];
  while (rest.length > 0) {
    const arg = rest.shift()!;
    if (arg === "--") {
      operands.push(...rest.splice(0));
    } else if (!arg.startsWith("-") || arg === "-") {
      operands.push(arg);
    } else {
      const { option, inlineValue } = findOption(arg, options);
      const given = values.get(option.name) ?? [];
      if (given.length > 0 && option.repeated === undefined) throw new UsageError(`--${option.name} is given twice`);
      values.set(option.name, [...given, takeValue(option, inlineValue, rest)]);
    }
  }
  return {
    operands,
    has: (name) => values.has(name),
    get: (name) => values.get(name)?.at(-1),
    all: (name) => values.get(name) ?? [],
  };
}

/** A whole number from `least` to `most`, or undefined when the option is not given. */
export function integerOption(
  args: ParsedArguments,
  name: string,
  least: number,
  most = Number.MAX_SAFE_INTEGER,
): number | undefined {
  const text = args.get(name);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!/^-?\d+$/.test(text) || value < least) {
    throw new UsageError(`--${name} needs a whole number of at least ${least}, not '${text}'`);
  }
  if (value > most) throw new UsageError(`--${name} is ${most} at most, not '${text}'`);
  return value;
}

/** `key=value` options as pairs. */
export function pairsOption(args: ParsedArguments, name: string): readonly (readonly [string, string])[] {
  return args.all(name).map((text) => {
    const at = text.indexOf("=");
    if (at <= 0) throw new UsageError(`--${name} needs KEY=VALUE, not '${text}'`);
    return [text.slice(0, at).trim(), text.slice(at + 1)] as const;
  });
}

function findOption(
  arg: string,
  options: readonly OptionDefinition[],
): { option: OptionDefinition; inlineValue: string | undefined } {
  const [, name, inlineValue] = /^(-[^-]|--[^=]+)(?:=?(.*))?$/s.exec(arg) ?? [];
  const option = options.find((it) => `--${it.name}` === name || (it.short !== undefined && `-${it.short}` === name));
  if (option === undefined) throw new UsageError(unknownOption(name ?? arg, options));
  const hasInline = inlineValue !== undefined && (inlineValue !== "" || arg.includes("="));
  return { option, inlineValue: hasInline ? inlineValue : undefined };
}

function unknownOption(name: string, options: readonly OptionDefinition[]): string {
  const meant = name.startsWith("--")
    ? closestName(name, [...options.map((it) => `--${it.name}`), "--help"])
    : undefined;
  return `Unknown option ${name}${meant === undefined ? "" : `. Did you mean ${meant}?`}`;
}

function takeValue(option: OptionDefinition, inlineValue: string | undefined, rest: string[]): string {
  if (option.value === undefined) {
    if (inlineValue !== undefined) throw new UsageError(`--${option.name} takes no value`);
    return "";
  }
  const value = inlineValue ?? rest.shift();
  if (value === undefined) throw new UsageError(`--${option.name} needs ${option.value}`);
  return value;
}
