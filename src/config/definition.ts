/**
 * One configuration key as Kafka defines it: name (the key of its table), type, default, what is allowed, importance,
 * and how it can be changed. The tables of `definitions/` are made of these; `Config` is inferred from them.
 */
export type ConfigType = "boolean" | "string" | "int" | "short" | "long" | "double" | "list" | "class" | "password";

export type ConfigValue = boolean | string | number | readonly string[] | null;

export type Importance = "high" | "medium" | "low";

/** When a broker key can change: only by a restart, for one broker, or also for the whole cluster. */
export type UpdateMode = "read-only" | "per-broker" | "cluster-wide";

export interface ConfigDefinition<T extends ConfigValue = ConfigValue> {
  readonly type: ConfigType;
  readonly default: T;
  /** The default as Kafka writes it; null when there is none. */
  readonly defaultText: string | null;
  /** No default: it must be given. */
  readonly required: boolean;
  readonly importance: Importance;
  readonly update: UpdateMode;
  /** Undefined: any value of the type. */
  readonly allowed: Allowed | undefined;
  /** Kafka's own internals: accepted, and left out of descriptions unless somebody set them. */
  readonly internal: boolean;
  /** Whether a value given here changes what this broker does. */
  readonly supported: boolean;
  readonly documentation: string;
}

/** What a value may be, beyond its type. A closed set of forms, so that a message and a documentation page can name it. */
export type Allowed =
  | { readonly kind: "range"; readonly least: number; readonly most: number }
  /** A range, or -1. */
  | { readonly kind: "rangeOrDefault"; readonly least: number; readonly most: number }
  | { readonly kind: "oneOf"; readonly values: readonly string[]; readonly ignoreCase: boolean }
  /** A list of some of these values. */
  | { readonly kind: "someOf"; readonly values: readonly string[]; readonly mayBeEmpty: boolean }
  /** Text that is not empty, or a list with something in it. */
  | { readonly kind: "notEmpty" }
  /** `*`, or `partition:broker,partition:broker,...`. */
  | { readonly kind: "throttledReplicas" }
  /** `latest`, `earliest` or `by_duration:<ISO 8601 duration>`. */
  | { readonly kind: "offsetReset" };

/** What a definition says beyond its type and default. Left out: read-only, not internal, not supported. */
export interface ConfigFacts {
  readonly importance: Importance;
  readonly allowed?: Allowed;
  readonly update?: UpdateMode;
  readonly internal?: true;
  readonly supported?: true;
  readonly documentation: string;
}

/** 2^63-1, the way Kafka writes "no limit". As a number it reads as 2^53-1: no time, size or count gets there. */
export const LONG_MAX = 9223372036854775807n;

export function range(least: number, most: number): Allowed {
  return { kind: "range", least, most };
}

export function atLeast(least: number): Allowed {
  return { kind: "range", least, most: Number.POSITIVE_INFINITY };
}

export function rangeOrDefault(least: number, most: number): Allowed {
  return { kind: "rangeOrDefault", least, most };
}

export function oneOf(...values: string[]): Allowed {
  return { kind: "oneOf", values, ignoreCase: false };
}

export function oneOfIgnoringCase(...values: string[]): Allowed {
  return { kind: "oneOf", values, ignoreCase: true };
}

export function someOf(...values: string[]): Allowed {
  return { kind: "someOf", values, mayBeEmpty: false };
}

export function someOrNoneOf(...values: string[]): Allowed {
  return { kind: "someOf", values, mayBeEmpty: true };
}

export const notEmpty: Allowed = { kind: "notEmpty" };

/** Undefined as a default means: required. Null means: not set. */
type Typed<D, T> = D extends null ? T | null : T;

export function boolean(defaultValue: boolean, facts: ConfigFacts): ConfigDefinition<boolean> {
  return define("boolean", defaultValue, String(defaultValue), facts);
}

export function int<D extends number | null | undefined>(
  defaultValue: D,
  facts: ConfigFacts,
): ConfigDefinition<Typed<D, number>> {
  return define("int", (defaultValue ?? null) as Typed<D, number>, textOf(defaultValue), facts);
}

export function short(defaultValue: number, facts: ConfigFacts): ConfigDefinition<number> {
  return define("short", defaultValue, String(defaultValue), facts);
}

export function long<D extends number | bigint | null>(
  defaultValue: D,
  facts: ConfigFacts,
): ConfigDefinition<Typed<D, number>> {
  const value = typeof defaultValue === "bigint" ? clampToSafe(defaultValue) : defaultValue;
  return define("long", value as Typed<D, number>, textOf(defaultValue), facts);
}

/** The text says how Java writes the number, where that differs from JavaScript. */
export function double(defaultValue: number, facts: ConfigFacts, defaultText = String(defaultValue)) {
  return define<number>("double", defaultValue, defaultText, facts);
}

export function string<D extends string | null>(
  defaultValue: D,
  facts: ConfigFacts,
): ConfigDefinition<Typed<D, string>> {
  return define("string", defaultValue as Typed<D, string>, defaultValue, facts);
}

export function list<D extends readonly string[] | null | undefined>(
  defaultValue: D,
  facts: ConfigFacts,
): ConfigDefinition<Typed<D, readonly string[]>> {
  const text = defaultValue === undefined ? undefined : (defaultValue?.join(",") ?? null);
  return define("list", (defaultValue ?? null) as Typed<D, readonly string[]>, text, facts);
}

/** The name of a Java class: known so that it can be named, never loaded. */
export function javaClass(defaultValue: string | null, facts: ConfigFacts): ConfigDefinition<string | null> {
  return define("class", defaultValue, defaultValue, facts);
}

/** A secret: never logged, never described. */
export function password(facts: ConfigFacts): ConfigDefinition<string | null> {
  return define<string | null>("password", null, null, facts);
}

/** A 64-bit number as a plain one; beyond 2^53-1 the nearest plain one. */
export function clampToSafe(value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) return Number.MAX_SAFE_INTEGER;
  if (value < BigInt(Number.MIN_SAFE_INTEGER)) return Number.MIN_SAFE_INTEGER;
  return Number(value);
}

function textOf(value: number | bigint | null | undefined): string | null | undefined {
  return value === undefined || value === null ? value : String(value);
}

function define<T extends ConfigValue>(
  type: ConfigType,
  value: T,
  text: string | null | undefined,
  facts: ConfigFacts,
): ConfigDefinition<T> {
  return {
    type,
    default: value,
    defaultText: text ?? null,
    required: text === undefined,
    importance: facts.importance,
    update: facts.update ?? "read-only",
    allowed: facts.allowed,
    internal: facts.internal ?? false,
    supported: facts.supported ?? false,
    documentation: facts.documentation,
  };
}
