/**
 * The language in which messages are described: wire types, the versions in which a field exists, may be null or is tagged,
 * and its default. One description gives the TypeScript type, the codec of every version, and the fuzz and interop tests.
 */
import type { Part } from "../runtime.ts";
import type { Codec } from "./codec.ts";
import { EMPTY_BYTES } from "./reader.ts";
import { type Uuid, ZERO_UUID } from "./uuid.ts";
import { parseVersions, type VersionRange } from "./versions.ts";

declare const DECODED: unique symbol;
declare const ENCODED: unique symbol;
declare const OPTIONAL: unique symbol;

export type PrimitiveKind =
  | "boolean"
  | "int8"
  | "int16"
  | "int32"
  | "int64"
  | "wideInt64"
  | "uint16"
  | "uint32"
  | "float64"
  | "uuid"
  | "string"
  | "bytes"
  | "records"
  | "recordParts";

/** A wire type; `T` is what decoding gives and `I` what encoding takes. */
export type Type<T = unknown, I = T> = (PrimitiveType | ArrayType | StructType) & Phantom<T, I>;

interface Phantom<T, I> {
  readonly [DECODED]?: T;
  readonly [ENCODED]?: I;
}

export interface PrimitiveType {
  readonly kind: PrimitiveKind;
}

export interface ArrayType {
  readonly kind: "array";
  readonly element: Type;
}

export interface StructType {
  readonly kind: "struct";
  readonly fields: readonly Field[];
}

/** A field of a struct, with every option filled in. */
export interface Field {
  readonly name: string;
  readonly type: Type;
  readonly versions: VersionRange;
  /** Versions in which null may be written. */
  readonly nullable: VersionRange;
  readonly default: unknown;
  /** Whether encoding may leave the field out: see {@link FieldOptions}. */
  readonly optional: boolean;
  readonly tag: number | undefined;
  readonly ignorable: boolean;
  /** Keeps the lengths of non-flexible versions for ever: the client id of a request header (KIP-511). */
  readonly neverCompact: boolean;
}

export interface FieldOptions<T> {
  /** Versions that have the field; all of them when left out. Elsewhere it decodes to its default. */
  readonly versions?: string;
  readonly default?: T | null;
  /** Written behind the ordinary fields with this number, and only when it isn't at its default (KIP-482). */
  readonly tag?: number;
  /** Dropped silently when set in a version that lacks it; without this, that is an error. */
  readonly ignorable?: boolean;
  readonly flexible?: "none";
}

export interface NullableOptions<T> extends FieldOptions<T> {
  /** Versions in which the field may be null; all of them when left out. */
  readonly nullable?: string;
}

/** A type with options, as `field` and `nullable` make it. */
export interface FieldDefinition<T = unknown, I = T, Optional extends boolean = boolean> extends Phantom<T, I> {
  readonly [OPTIONAL]?: Optional;
  readonly type: Type;
  readonly options: NullableOptions<unknown>;
  readonly canBeNull: boolean;
}

export type Fields = Readonly<Record<string, Type | FieldDefinition>>;

/** A field that encoding may leave out: it has a default, is tagged, or does not exist in every version. */
type IsOptional<O> = O extends { versions: string } | { tag: number } ? true : "default" extends keyof O ? true : false;

type Decoded<F> = F extends Phantom<infer T, infer _> ? T : never;
type Encoded<F> = F extends Phantom<infer _, infer I> ? I : never;
type OptionalNames<F> = {
  [K in keyof F]: F[K] extends { readonly [OPTIONAL]?: infer O } ? (true extends O ? K : never) : never;
}[keyof F];

/** Shows an object type as its fields rather than as the arithmetic that made it. */
type Expand<T> = T extends infer O ? { [K in keyof O]: O[K] } : never;

type DecodedStruct<F> = Expand<{ readonly [K in keyof F]: Decoded<F[K]> }>;
type EncodedStruct<F> = Expand<
  { -readonly [K in Exclude<keyof F, OptionalNames<F>>]: Encoded<F[K]> } & {
    -readonly [K in OptionalNames<F>]?: Encoded<F[K]>;
  }
>;

/** What decoding gives: every field, defaults filled in, whatever the version. */
export type Infer<M> = M extends Phantom<infer T, infer _> ? T : never;

/** What encoding takes: fields with a default, tagged ones and those of some versions only may be left out. */
export type Input<M> = M extends Phantom<infer _, infer I> ? I : never;

export interface MessageOptions {
  readonly name: string;
  readonly apiKey?: number;
  readonly validVersions: string;
  readonly flexibleVersions: string;
}

export interface Message<T = unknown, I = T> extends StructType, Phantom<T, I> {
  readonly name: string;
  readonly apiKey: number | undefined;
  readonly validVersions: VersionRange;
  readonly flexibleVersions: VersionRange;
  /** By version, made when first used. */
  readonly codecs: Map<number, Codec>;
}

export const boolean: Type<boolean> = { kind: "boolean" };
export const int8: Type<number> = { kind: "int8" };
export const int16: Type<number> = { kind: "int16" };
export const int32: Type<number> = { kind: "int32" };
/** For values that stay within 53 bits; one that doesn't is refused, by name, and never rounded. */
export const int64: Type<number> = { kind: "int64" };
/** For fields in which a peer may put any 64-bit value: a bigint where a number would not be exact. */
export const wideInt64: Type<number | bigint> = { kind: "wideInt64" };
export const uint16: Type<number> = { kind: "uint16" };
export const uint32: Type<number> = { kind: "uint32" };
export const float64: Type<number> = { kind: "float64" };
export const uuid: Type<Uuid> = { kind: "uuid" };
export const string: Type<string> = { kind: "string" };
export const bytes: Type<Uint8Array> = { kind: "bytes" };
/** Record batches as one piece of bytes. */
export const records: Type<Uint8Array> = { kind: "records" };
/** Record batches as bytes and file ranges, sent without being read. */
export const recordParts: Type<readonly Part[]> = { kind: "recordParts" };

export function array<T, I>(element: Type<T, I>): Type<readonly T[], readonly I[]>;
export function array<F extends Fields>(fields: F): Type<readonly DecodedStruct<F>[], readonly EncodedStruct<F>[]>;
export function array(element: Type | Fields): Type {
  return { kind: "array", element: isType(element) ? element : struct(element) };
}

export function struct<F extends Fields>(fields: F): Type<DecodedStruct<F>, EncodedStruct<F>> {
  return new Struct(fields);
}

export function field<T, I, const O extends FieldOptions<I>>(
  type: Type<T, I>,
  options: O,
): FieldDefinition<T, I, IsOptional<O>> {
  return { type, options, canBeNull: false };
}

export function nullable<T, I, const O extends NullableOptions<I>>(
  type: Type<T, I>,
  options?: O,
): FieldDefinition<T | null, I | null, IsOptional<O>> {
  return { type, options: options ?? {}, canBeNull: true };
}

export function message<F extends Fields>(
  options: MessageOptions,
  fields: F,
): Message<DecodedStruct<F>, EncodedStruct<F>> {
  return new MessageSchema(options, fields);
}

/** Its fields are filled in when they are first asked for: a broker has two hundred messages and needs twenty to start. */
class Struct implements StructType {
  readonly kind = "struct";
  private readonly definitions: Fields;
  private filledIn: readonly Field[] | undefined;

  constructor(definitions: Fields) {
    this.definitions = definitions;
  }

  get fields(): readonly Field[] {
    this.filledIn ??= Object.entries(this.definitions).map(([name, definition]) => makeField(name, definition));
    return this.filledIn;
  }
}

class MessageSchema extends Struct implements Message {
  readonly name: string;
  readonly apiKey: number | undefined;
  readonly validVersions: VersionRange;
  readonly flexibleVersions: VersionRange;
  readonly codecs = new Map<number, Codec>();

  constructor({ name, apiKey, validVersions, flexibleVersions }: MessageOptions, fields: Fields) {
    super(fields);
    this.name = name;
    this.apiKey = apiKey;
    this.validVersions = parseVersions(validVersions);
    this.flexibleVersions = parseVersions(flexibleVersions);
  }
}

/** The value of a struct all of whose fields are at their defaults; shared, and therefore frozen. */
function defaultStruct(fields: readonly Field[]): object {
  return Object.freeze(Object.fromEntries(fields.map((field) => [field.name, field.default])));
}

export const EMPTY_ARRAY: readonly never[] = Object.freeze([]);

function makeField(name: string, definition: Type | FieldDefinition): Field {
  const { type, options, canBeNull } = isType(definition)
    ? { type: definition, options: {} as NullableOptions<unknown>, canBeNull: false }
    : definition;
  return {
    name,
    type,
    versions: parseVersions(options.versions ?? "0+"),
    nullable: parseVersions(canBeNull ? (options.nullable ?? "0+") : "none"),
    default: options.default === undefined ? zeroValue(type) : options.default,
    optional: options.versions !== undefined || options.tag !== undefined || "default" in options,
    tag: options.tag,
    ignorable: options.ignorable ?? false,
    neverCompact: options.flexible === "none",
  };
}

function isType(value: Type | FieldDefinition | Fields): value is Type {
  return typeof (value as { kind?: unknown }).kind === "string";
}

/** Kafka's default of a type that declares none. */
function zeroValue(type: Type): unknown {
  switch (type.kind) {
    case "boolean":
      return false;
    case "string":
      return "";
    case "uuid":
      return ZERO_UUID;
    case "bytes":
    case "records":
      return EMPTY_BYTES;
    case "recordParts":
    case "array":
      return EMPTY_ARRAY;
    case "struct":
      return defaultStruct(type.fields);
    default:
      return 0;
  }
}
