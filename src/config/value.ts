/**
 * Values as text and back, by the rules of Kafka's types: what `server.properties`, `AlterConfigs` and `CreateTopics`
 * give is text, and what `DescribeConfigs` shows is text again. The messages are the ones that Kafka's users know.
 */
import { type Allowed, type ConfigDefinition, type ConfigValue, clampToSafe } from "./definition.ts";

export type ParsedValue =
  | {
      readonly ok: true;
      readonly value: ConfigValue;
      /** The value as Kafka would write it: `" 0.10 "` as a double is `0.1`. */
      readonly text: string;
    }
  | { readonly ok: false; readonly message: string };

export function parseValue(name: string, definition: ConfigDefinition, given: string): ParsedValue {
  const parsed = parseType(definition, given.trim());
  if (parsed === undefined) return refuse(name, given, `Not a number of type ${definition.type.toUpperCase()}`);
  if (definition.type === "boolean" && typeof parsed.value !== "boolean") {
    return refuse(name, given, "Expected value to be either true or false");
  }
  if (definition.type === "list") return checkList(name, definition.allowed, parsed.value as readonly string[]);
  const objection = definition.allowed && checkAllowed(name, definition.allowed, parsed);
  return objection === undefined ? { ok: true, ...parsed } : refuse(name, parsed.text, objection);
}

/** What is allowed, for documentation and for messages; undefined when every value of the type is. */
export function describeAllowed(allowed: Allowed | undefined): string | undefined {
  switch (allowed?.kind) {
    case undefined:
      return undefined;
    case "range":
      return allowed.most === Number.POSITIVE_INFINITY
        ? `${allowed.least} or more`
        : `${allowed.least} to ${allowed.most}`;
    case "rangeOrDefault":
      return `${allowed.least} to ${allowed.most}, or -1`;
    case "oneOf":
    case "someOf":
      return allowed.values.join(", ");
    case "notEmpty":
      return "not empty";
    case "throttledReplicas":
      return "`partition:broker,...` or `*`";
    case "offsetReset":
      return "latest, earliest, by_duration:PnDTnHnMn.nS";
  }
}

interface TypedValue {
  readonly value: ConfigValue;
  readonly text: string;
}

/** Undefined: not a number of this type. */
function parseType({ type }: ConfigDefinition, text: string): TypedValue | undefined {
  switch (type) {
    case "boolean": {
      const lower = text.toLowerCase();
      return { value: lower === "true" ? true : lower === "false" ? false : text, text: lower };
    }
    case "int":
      return parseInteger(text, 31n);
    case "short":
      return parseInteger(text, 15n);
    case "long":
      return parseInteger(text, 63n);
    case "double":
      return parseDouble(text);
    case "list": {
      const values = text === "" ? [] : text.split(",").map((value) => value.trim());
      return { value: values, text };
    }
    case "string":
    case "class":
    case "password":
      return { value: text, text };
  }
}

function parseInteger(text: string, bits: bigint): TypedValue | undefined {
  if (!/^[+-]?\d+$/.test(text)) return undefined;
  const exact = BigInt(text.startsWith("+") ? text.slice(1) : text);
  const limit = 1n << bits;
  if (exact >= limit || exact < -limit) return undefined;
  return { value: clampToSafe(exact), text: exact.toString() };
}

function parseDouble(text: string): TypedValue | undefined {
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?[fd]?$/i.test(text)) return undefined;
  const value = Number.parseFloat(text);
  return { value, text: formatDouble(value) };
}

/** A double as Java writes it: `1.0`, `1.2345678E7`, `1.0E-4`. */
function formatDouble(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size === 0 || (size >= 1e-3 && size < 1e7)) return Number.isInteger(value) ? `${value}.0` : String(value);
  const [digits, exponent] = value.toExponential().split("e") as [string, string];
  return `${digits.includes(".") ? digits : `${digits}.0`}E${exponent.replace("+", "")}`;
}

function checkList(name: string, allowed: Allowed | undefined, values: readonly string[]): ParsedValue {
  const mayBeEmpty = allowed === undefined || (allowed.kind === "someOf" ? allowed.mayBeEmpty : !isNotEmpty(allowed));
  if (values.length === 0 && !mayBeEmpty) {
    const valid = allowed?.kind === "someOf" ? `[${allowed.values.join(", ")}]` : "any non-empty value";
    return { ok: false, message: `Configuration '${name}' must not be empty. Valid values include: ${valid}` };
  }
  if (values.includes("")) return { ok: false, message: `Configuration '${name}' values must not be empty.` };
  if (allowed?.kind === "throttledReplicas") return checkThrottledReplicas(name, values);
  const distinct = [...new Set(values)];
  if (allowed?.kind === "someOf") {
    const foreign = distinct.find((value) => !allowed.values.includes(value));
    if (foreign !== undefined) return refuse(name, foreign, `String must be one of: ${allowed.values.join(", ")}`);
  }
  return { ok: true, value: distinct, text: distinct.join(",") };
}

function isNotEmpty(allowed: Allowed): boolean {
  return allowed.kind === "notEmpty";
}

function checkThrottledReplicas(name: string, values: readonly string[]): ParsedValue {
  const isEverything = values.length === 1 && values[0] === "*";
  if (!isEverything && !values.every((value) => /^\d+:\d+$/.test(value))) {
    const form = "[partitionId]:[brokerId],[partitionId]:[brokerId],...";
    const message = `${name} must be the literal '*' or a list of replicas in the following format: ${form}`;
    return refuse(name, `[${values.join(", ")}]`, message);
  }
  return { ok: true, value: values, text: values.join(",") };
}

/** Undefined: allowed. */
function checkAllowed(name: string, allowed: Allowed, { value, text }: TypedValue): string | undefined {
  switch (allowed.kind) {
    case "range":
      if ((value as number) < allowed.least) return `Value must be at least ${allowed.least}`;
      if ((value as number) > allowed.most) return `Value must be no more than ${allowed.most}`;
      return undefined;
    case "rangeOrDefault": {
      const number = value as number;
      if (number === -1 || (number >= allowed.least && number <= allowed.most)) return undefined;
      return `Value must be between ${allowed.least} and ${allowed.most} or equal to -1`;
    }
    case "oneOf": {
      if (allowed.values.some((one) => one === text || (allowed.ignoreCase && one === text.toUpperCase()))) {
        return undefined;
      }
      return `String must be one of${allowed.ignoreCase ? " (case insensitive)" : ""}: ${allowed.values.join(", ")}`;
    }
    case "notEmpty":
      return text === "" ? "String must be non-empty" : undefined;
    case "offsetReset":
      if (text === "latest" || text === "earliest" || isDuration(text)) return undefined;
      return `Invalid value \`${text}\` for configuration ${name}. The value must be either 'earliest', 'latest' or of the format 'by_duration:<PnDTnHnMn.nS>'.`;
    case "someOf":
    case "throttledReplicas":
      throw new Error(`${name} allows a list and is not one`);
  }
}

/** A duration of ISO 8601 that is not negative, with days as its largest unit. */
function isDuration(text: string): boolean {
  return /^by_duration:P(?=.)(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+(\.\d{1,9})?S)?)?$/i.test(text);
}

function refuse(name: string, value: string, reason: string): ParsedValue {
  return { ok: false, message: `Invalid value ${value} for configuration ${name}: ${reason}` };
}
