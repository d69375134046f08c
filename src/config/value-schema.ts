import * as z from "zod/mini";
import { type Allowed, type ConfigDefinition, type ConfigValue, clampToSafe } from "./definition.ts";

/** A value, and how Kafka would write it. */
interface TypedValue<T extends ConfigValue = ConfigValue> {
  readonly value: T;
  readonly text: string;
}

/** From text to what a definition says of its type and of what is allowed, with Kafka's messages. */
export type ValueSchema = z.ZodMiniType<TypedValue, string>;

export function createValueSchema(name: string, { type, allowed }: ConfigDefinition): ValueSchema {
  switch (type) {
    case "boolean":
      return typed(name, "Expected value to be either true or false", readBoolean);
    case "int":
    case "short":
    case "long":
    case "double":
      return numberSchema(name, type, allowed);
    case "list":
      return listSchema(name, allowed);
    case "string":
    case "class":
    case "password":
      return stringSchema(name, allowed);
  }
}

const readers = {
  int: (text: string) => readInteger(text, 31n),
  short: (text: string) => readInteger(text, 15n),
  long: (text: string) => readInteger(text, 63n),
  double: readDouble,
};

function numberSchema(name: string, type: keyof typeof readers, allowed: Allowed | undefined): ValueSchema {
  const schema = typed(name, `Not a number of type ${type.toUpperCase()}`, readers[type]);
  if (allowed?.kind === "range") {
    const { least, most } = allowed;
    return schema.check(
      only(name, ({ value }) => value >= least, `Value must be at least ${least}`),
      only(name, ({ value }) => value <= most, `Value must be no more than ${most}`),
    );
  }
  if (allowed?.kind === "rangeOrDefault") {
    const { least, most } = allowed;
    const isAllowed = ({ value }: TypedValue<number>) => value === -1 || (value >= least && value <= most);
    return schema.check(only(name, isAllowed, `Value must be between ${least} and ${most} or equal to -1`));
  }
  return allowsAny(name, schema, allowed);
}

function stringSchema(name: string, allowed: Allowed | undefined): ValueSchema {
  const schema = z.pipe(
    z.string(),
    z.transform((given: string): TypedValue<string> => ({ value: given.trim(), text: given.trim() })),
  );
  if (allowed?.kind === "oneOf") {
    const { values, ignoreCase } = allowed;
    const isAllowed = ({ text }: TypedValue) =>
      values.includes(text) || (ignoreCase && values.includes(text.toUpperCase()));
    const how = ignoreCase ? " (case insensitive)" : "";
    return schema.check(only(name, isAllowed, `String must be one of${how}: ${values.join(", ")}`));
  }
  if (allowed?.kind === "notEmpty")
    return schema.check(only(name, ({ text }) => text !== "", "String must be non-empty"));
  if (allowed?.kind === "offsetReset") {
    const isAllowed = ({ text }: TypedValue) => text === "latest" || text === "earliest" || isDuration(text);
    const reason = ({ text }: TypedValue) =>
      `Invalid value \`${text}\` for configuration ${name}. The value must be either 'earliest', 'latest' or of the format 'by_duration:<PnDTnHnMn.nS>'.`;
    return schema.check(only(name, isAllowed, reason));
  }
  return allowsAny(name, schema, allowed);
}

type List = TypedValue<readonly string[]>;

function listSchema(name: string, allowed: Allowed | undefined): ValueSchema {
  const values = z.pipe(z.string(), z.transform(readList));
  const known = allowed?.kind === "someOf" ? allowed.values : undefined;
  const mayBeEmpty = allowed?.kind === "someOf" ? allowed.mayBeEmpty : allowed?.kind !== "notEmpty";
  const valid = known === undefined ? "any non-empty value" : `[${known.join(", ")}]`;
  const checked = values.check(
    z.refine<List>(({ value }) => mayBeEmpty || value.length > 0, {
      error: `Configuration '${name}' must not be empty. Valid values include: ${valid}`,
      abort: true,
    }),
    z.refine<List>(({ value }) => !value.includes(""), {
      error: `Configuration '${name}' values must not be empty.`,
      abort: true,
    }),
  );
  if (allowed?.kind === "throttledReplicas") return checked.check(throttledReplicas(name));
  const distinct = z.pipe(checked, z.transform(withoutRepeats));
  if (known === undefined) return distinct;
  return distinct.check(
    z.check<List>(({ value: { value }, issues }) => {
      const foreign = value.find((one) => !known.includes(one));
      if (foreign === undefined) return;
      const message = refusal(name, foreign, `String must be one of: ${known.join(", ")}`);
      issues.push({ code: "custom", input: foreign, message });
    }),
  );
}

function throttledReplicas(name: string) {
  const form = "[partitionId]:[brokerId],[partitionId]:[brokerId],...";
  const reason = `${name} must be the literal '*' or a list of replicas in the following format: ${form}`;
  return z.refine<List>(({ text, value }) => text === "*" || value.every((one) => /^\d+:\d+$/.test(one)), {
    error: ({ input }) => refusal(name, `[${(input as List).value.join(", ")}]`, reason),
  });
}

/** Reads the text, trimmed; what it can't read is refused as it was given. */
function typed<T extends ConfigValue>(name: string, reason: string, read: (text: string) => TypedValue<T> | undefined) {
  return z.pipe(
    z.string(),
    z.transform((given: string, { issues }): TypedValue<T> => {
      const value = read(given.trim());
      if (value !== undefined) return value;
      issues.push({ code: "custom", input: given, message: refusal(name, given, reason) });
      return z.NEVER;
    }),
  );
}

function only<T extends ConfigValue>(
  name: string,
  isAllowed: (typed: TypedValue<T>) => boolean,
  reason: string | ((typed: TypedValue<T>) => string),
) {
  return z.refine<TypedValue<T>>(isAllowed, {
    error: ({ input }) => {
      const typed = input as TypedValue<T>;
      return refusal(name, typed.text, typeof reason === "string" ? reason : reason(typed));
    },
    abort: true,
  });
}

function allowsAny(name: string, schema: ValueSchema, allowed: Allowed | undefined): ValueSchema {
  if (allowed !== undefined) throw new Error(`${name} is not of a type whose values can be limited by ${allowed.kind}`);
  return schema;
}

function refusal(name: string, value: string, reason: string): string {
  return `Invalid value ${value} for configuration ${name}: ${reason}`;
}

function readBoolean(given: string): TypedValue<boolean> | undefined {
  const text = given.toLowerCase();
  return text === "true" || text === "false" ? { value: text === "true", text } : undefined;
}

function readInteger(text: string, bits: bigint): TypedValue<number> | undefined {
  if (!/^[+-]?\d+$/.test(text)) return undefined;
  const exact = BigInt(text.startsWith("+") ? text.slice(1) : text);
  const limit = 1n << bits;
  if (exact >= limit || exact < -limit) return undefined;
  return { value: clampToSafe(exact), text: exact.toString() };
}

function readDouble(text: string): TypedValue<number> | undefined {
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?[fd]?$/i.test(text)) return undefined;
  const value = Number.parseFloat(text);
  return { value, text: formatDouble(value) };
}

function readList(given: string): List {
  const text = given.trim();
  const value = text === "" ? [] : text.split(",").map((one) => one.trim());
  return { value, text: value.join(",") };
}

function withoutRepeats({ value }: List): List {
  const distinct = [...new Set(value)];
  return { value: distinct, text: distinct.join(",") };
}

/** A double as Java writes it: `1.0`, `1.2345678E7`, `1.0E-4`. */
function formatDouble(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size === 0 || (size >= 1e-3 && size < 1e7)) return Number.isInteger(value) ? `${value}.0` : String(value);
  const [digits, exponent] = value.toExponential().split("e") as [string, string];
  return `${digits.includes(".") ? digits : `${digits}.0`}E${exponent.replace("+", "")}`;
}

/** A duration of ISO 8601 that is not negative, with days as its largest unit. */
function isDuration(text: string): boolean {
  return /^by_duration:P(?=.)(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+(\.\d{1,9})?S)?)?$/i.test(text);
}
