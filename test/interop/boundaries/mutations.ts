import { type FieldLayout, type Layout, layoutOf, type ValueLayout } from "../../../src/protocol/layout.ts";
import type { Message } from "../../../src/protocol/schema.ts";
import { uuidFromBytes, ZERO_UUID } from "../../../src/protocol/uuid.ts";

type Struct = Readonly<Record<string, unknown>>;

/** A request in which one value is another than in the sample, and where. */
export interface Mutation {
  readonly what: string;
  readonly value: Struct;
}

const UNKNOWN_ID = uuidFromBytes(Uint8Array.from({ length: 16 }, (_, index) => index + 1));
const LONG_MAX = 2n ** 63n - 1n;
const TEXTS = ["", "a b", ".", "x".repeat(250), "é", "\u0000", "__consumer_offsets", "missing"];
const JUNK = Uint8Array.of(1, 2, 3);

/** Every field of the version with each value at the edge of its type, one at a time. */
export function mutationsOf(message: Message, version: number, sample: object): Mutation[] {
  const layout = layoutOf(message, version);
  const whole = completed(layout, sample as Struct);
  return [...inStruct(layout, whole)].map(({ what, value }) => ({ what, value: value as Struct }));
}

interface Change {
  readonly what: string;
  readonly value: unknown;
}

/** The sample with the fields that it leaves out. */
function completed(layout: Layout, sample: Struct): Struct {
  return Object.fromEntries(
    layout.fields
      .filter(({ present }) => present)
      .map(({ field, value }) => {
        const given = field.name in sample ? sample[field.name] : field.default;
        return [field.name, given === null ? null : completedValue(value, given)];
      }),
  );
}

function completedValue({ struct, element }: ValueLayout, value: unknown): unknown {
  if (struct !== undefined) return completed(struct, value as Struct);
  if (element !== undefined) return (value as unknown[]).map((each) => completedValue(element, each));
  return value;
}

function* inStruct(layout: Layout, struct: Struct): Generator<Change> {
  for (const each of layout.fields) {
    if (!each.present) continue;
    const { name } = each.field;
    for (const { what, value } of inField(each, struct[name])) {
      yield { what: `${name}${what}`, value: { ...struct, [name]: value } };
    }
  }
}

function* inField({ nullable, value: layout }: FieldLayout, present: unknown): Generator<Change> {
  if (nullable && present !== null) yield { what: "=null", value: null };
  yield* inValue(layout, present);
}

function* inValue(layout: ValueLayout, present: unknown): Generator<Change> {
  const { struct, element } = layout;
  if (struct !== undefined) {
    if (present !== null) for (const change of inStruct(struct, present as Struct)) yield dotted(change);
    return;
  }
  if (element === undefined) {
    for (const value of edgesOf(layout, present)) yield { what: `=${nameOf(value)}`, value };
    return;
  }
  const values = (present ?? []) as readonly unknown[];
  if (present === null || values.length > 0) yield { what: "=[]", value: [] };
  if (values.length > 0) yield { what: "=twice", value: [...values, ...values] };
  yield { what: "=one more", value: [...values, blank(element)] };
  for (const [index, value] of values.entries()) {
    for (const change of inValue(element, value)) {
      yield { what: `[${index}]${change.what}`, value: values.with(index, change.value) };
    }
  }
}

function dotted({ what, value }: Change): Change {
  return { what: `.${what}`, value };
}

/** A value with everything at its default. */
function blank({ type, struct }: ValueLayout): unknown {
  if (struct !== undefined) return completed(struct, {});
  if (type.kind === "array") return [];
  const [edge] = edgesOf({ type } as ValueLayout, undefined);
  return edge;
}

function edgesOf({ type }: ValueLayout, present: unknown): unknown[] {
  return edges(type.kind, present).filter((value) => value !== present);
}

function edges(kind: string, present: unknown): unknown[] {
  switch (kind) {
    case "boolean":
      return [!present];
    case "int8":
      return [0, 1, 2, 3, -1, 127, -128];
    case "int16":
    case "uint16":
      return [0, 1, -1, 0x7fff, -0x8000].filter((value) => kind === "int16" || value >= 0);
    case "int32":
      return [0, 1, -1, -2, 0x7fff_ffff, -0x8000_0000];
    case "uint32":
      return [0, 1, 0xffff_ffff];
    case "int64":
      return [0, 1, -1, -2, Number.MAX_SAFE_INTEGER];
    case "wideInt64":
      return [0, 1, -1, -2, -3, -4, -5, -6, LONG_MAX, -LONG_MAX - 1n];
    case "float64":
      return [0, -1, Number.NaN];
    case "uuid":
      return [
        ZERO_UUID,
        UNKNOWN_ID,
        uuidFromBytes(Uint8Array.from({ length: 16 }, (_, index) => (index < 15 ? 0 : 1))),
      ];
    case "string":
      return TEXTS;
    case "bytes":
    case "records":
      return [new Uint8Array(0), JUNK, ...changedBytes(present)];
    default:
      return [];
  }
}

function changedBytes(present: unknown): Uint8Array[] {
  if (!(present instanceof Uint8Array) || present.length < 2) return [];
  const flipped = Uint8Array.from(present);
  flipped[flipped.length - 1]! ^= 1;
  return [present.subarray(0, -1), flipped, Uint8Array.of(...present, ...present), Uint8Array.of(...present, 0)];
}

function nameOf(value: unknown): string {
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  const text = JSON.stringify(typeof value === "bigint" ? `${value}n` : value);
  return text.length > 40 ? `${text.slice(0, 37)}...` : text;
}
