/**
 * The same codecs as `compile.ts` makes, put together from closures: for where code generation is refused, and as the second
 * opinion that the tests compare compiled codecs with.
 */
import type { Part } from "../runtime.ts";
import type { Decode, Encode } from "./codec.ts";
import { type FieldLayout, fixedSize, type Layout, type ValueLayout } from "./layout.ts";
import type { RawTaggedField, Reader } from "./reader.ts";
import { EMPTY_ARRAY, type Field } from "./schema.ts";

type Struct = Record<string, unknown> & { unknownTaggedFields?: RawTaggedField[] };

export function interpretDecoder(layout: Layout): Decode {
  const defaults = structOf(layout);
  const ordinary = layout.ordinary.map((each) => ({ name: each.field.name, decode: fieldDecoder(each, false) }));
  const tagged = new Map(
    layout.tagged.map((each) => [
      each.field.tag,
      { name: each.field.name, path: each.path, decode: fieldDecoder(each, true) },
    ]),
  );
  return (reader) => {
    const struct: Struct = { ...defaults };
    for (const { name, decode } of ordinary) struct[name] = decode(reader);
    if (!layout.flexible) return struct;
    let unknown: RawTaggedField[] | undefined;
    for (let left = reader.unsignedVarint(); left > 0; left--) {
      const tag = reader.unsignedVarint();
      const size = reader.unsignedVarint();
      const known = tagged.get(tag);
      const misplaced = layout.misplacedTags.find(({ field }) => field.tag === tag);
      if (misplaced !== undefined) reader.refuseTag(tag, misplaced.path);
      if (known === undefined) {
        unknown = reader.unknownTaggedField(unknown, tag, size);
        continue;
      }
      const end = reader.beginTaggedField(size);
      struct[known.name] = known.decode(reader);
      reader.endTaggedField(end, known.path);
    }
    if (unknown !== undefined) struct.unknownTaggedFields = unknown;
    return struct;
  };
}

/**
 * With the fields' defaults. JSON.parse makes an object that has room for just its properties, inside of itself, and so have
 * the copies of it; one that grows field by field takes half as much again.
 */
function structOf({ fields }: Layout): Struct {
  const names = fields.map(({ field }) => [field.name, null]);
  const struct = JSON.parse(JSON.stringify(Object.fromEntries(names))) as Struct;
  for (const { field } of fields) struct[field.name] = field.default;
  return struct;
}

function fieldDecoder({ path, value, nullable, compact }: FieldLayout, tagged: boolean): Decode {
  const decode = valueDecoder(value, path, compact, nullable);
  if (value.struct === undefined || !nullable) return decode;
  return (reader) => ((tagged ? reader.unsignedVarint() === 0 : reader.int8() < 0) ? null : decode(reader));
}

function valueDecoder(value: ValueLayout, path: string, compact: boolean, nullable: boolean): Decode {
  const { type } = value;
  const orRefuse = (decoded: unknown, reader: Reader) =>
    decoded === null && !nullable ? reader.refuseNull(path) : decoded;
  switch (type.kind) {
    case "string":
      return (reader) => orRefuse(compact ? reader.compactNullableString(path) : reader.nullableString(path), reader);
    case "bytes":
    case "records":
      return (reader) => orRefuse(compact ? reader.compactNullableBytes(path) : reader.nullableBytes(path), reader);
    case "recordParts":
      return (reader) =>
        reader.parts(
          orRefuse(
            compact ? reader.compactNullableBytes(path) : reader.nullableBytes(path),
            reader,
          ) as Uint8Array | null,
        );
    case "array":
      return arrayDecoder(value.element!, path, compact, nullable);
    case "struct":
      return interpretDecoder(value.struct!);
    case "boolean":
      return (reader) => reader.boolean();
    case "int8":
      return (reader) => reader.int8();
    case "int16":
      return (reader) => reader.int16();
    case "uint16":
      return (reader) => reader.uint16();
    case "int32":
      return (reader) => reader.int32();
    case "uint32":
      return (reader) => reader.uint32();
    case "int64":
      return (reader) => reader.int64(path);
    case "wideInt64":
      return (reader) => reader.wideInt64();
    case "float64":
      return (reader) => reader.float64();
    case "uuid":
      return (reader) => reader.uuid();
  }
}

function arrayDecoder(element: ValueLayout, path: string, compact: boolean, nullable: boolean): Decode {
  const decode = valueDecoder(element, path, compact, false);
  const leastSize = Math.max(1, element.leastSize);
  return (reader) => {
    const length = compact
      ? reader.compactArrayLength(leastSize, element.heapSize, path)
      : reader.arrayLength(leastSize, element.heapSize, path);
    if (length < 0) return nullable ? null : reader.refuseNull(path);
    if (length === 0) return EMPTY_ARRAY;
    const elements: unknown[] = new Array(length);
    for (let index = 0; index < length; index++) elements[index] = decode(reader);
    return elements;
  };
}

export function interpretEncoder(layout: Layout): Encode {
  const ordinary = layout.ordinary.map((each) => ({ field: each.field, encode: fieldEncoder(each) }));
  const tagged = layout.tagged.map((each) => ({ field: each.field, encode: taggedEncoder(each) }));
  return (writer, value) => {
    const struct = value as Struct;
    for (const { field, path } of layout.refused) {
      if (!isDefault(field, fieldValueOf(struct, field))) writer.refuseField(path);
    }
    for (const { field, encode } of ordinary) encode(writer, fieldValueOf(struct, field));
    if (!layout.flexible) {
      if (struct.unknownTaggedFields !== undefined) writer.refuseTaggedFields(layout.path);
      return;
    }
    const unknown = struct.unknownTaggedFields ?? [];
    const set = tagged.filter(({ field }) => !isDefault(field, fieldValueOf(struct, field)));
    writer.unsignedVarint(set.length + unknown.length);
    let next = 0;
    for (const { field, encode } of tagged) {
      next = writer.rawTaggedFields(unknown, next, field.tag!);
      const fieldValue = fieldValueOf(struct, field);
      if (!isDefault(field, fieldValue)) encode(writer, fieldValue);
    }
    writer.rawTaggedFields(unknown, next, Number.POSITIVE_INFINITY);
  };
}

function fieldEncoder({ field, path, value, nullable, compact }: FieldLayout): Encode {
  const encode = valueEncoder(value, path, compact);
  const isStruct = value.struct !== undefined;
  return (writer, fieldValue) => {
    if (fieldValue !== null) {
      if (isStruct && nullable) writer.int8(1);
      encode(writer, fieldValue);
    } else if (!nullable) writer.refuseNull(path);
    else if (isStruct) writer.int8(-1);
    else if (compact) writer.unsignedVarint(0);
    else if (field.type.kind === "string") writer.int16(-1);
    else writer.int32(-1);
  };
}

function taggedEncoder({ field, path, value, nullable, compact }: FieldLayout): Encode {
  const encode = valueEncoder(value, path, compact);
  return (writer, fieldValue) => {
    if (fieldValue === null) {
      if (!nullable) writer.refuseNull(path);
      writer.nullTaggedField(field.tag!);
      return;
    }
    const mark = writer.beginTaggedField(field.tag!);
    if (value.struct !== undefined && nullable) writer.unsignedVarint(1);
    encode(writer, fieldValue);
    writer.endTaggedField(mark);
  };
}

function valueEncoder(value: ValueLayout, path: string, compact: boolean): Encode {
  const { type } = value;
  switch (type.kind) {
    case "string":
      return (writer, text) =>
        compact ? writer.compactString(text as string, path) : writer.plainString(text as string, path);
    case "bytes":
      return (writer, bytes) =>
        compact ? writer.compactBytes(bytes as Uint8Array) : writer.plainBytes(bytes as Uint8Array);
    case "records":
      return (writer, bytes) =>
        compact ? writer.compactRecords(bytes as Uint8Array) : writer.plainRecords(bytes as Uint8Array);
    case "recordParts":
      return (writer, parts) =>
        compact ? writer.compactRecordParts(parts as Part[]) : writer.plainRecordParts(parts as Part[]);
    case "struct":
      return interpretEncoder(value.struct!);
    case "array": {
      const encode = valueEncoder(value.element!, path, compact);
      return (writer, elements) => {
        const { length } = elements as unknown[];
        if (compact) writer.unsignedVarint(length + 1);
        else writer.int32(length);
        for (const element of elements as unknown[]) encode(writer, element);
      };
    }
    default:
      return fixedEncoder(value, path);
  }
}

function fixedEncoder({ type }: ValueLayout, path: string): Encode {
  const size = fixedSize(type)!;
  return (writer, value) => {
    const at = writer.reserve(size);
    const { view } = writer;
    const integer = (lowest: number, highest: number): number =>
      Number.isInteger(value) && (value as number) >= lowest && (value as number) <= highest
        ? (value as number)
        : writer.refuseValue(path, value);
    switch (type.kind) {
      case "boolean":
        return view.setInt8(at, value ? 1 : 0);
      case "int8":
        return view.setInt8(at, integer(-0x80, 0x7f));
      case "int16":
        return view.setInt16(at, integer(-0x8000, 0x7fff));
      case "uint16":
        return view.setUint16(at, integer(0, 0xffff));
      case "int32":
        return view.setInt32(at, integer(-0x8000_0000, 0x7fff_ffff));
      case "uint32":
        return view.setUint32(at, integer(0, 0xffff_ffff));
      case "int64":
        return writer.int64At(at, value as number, path);
      case "wideInt64":
        return writer.wideInt64At(at, value as number | bigint, path);
      case "float64":
        return view.setFloat64(at, typeof value === "number" ? value : writer.refuseValue(path, value));
      case "uuid":
        return writer.uuidAt(at, value as string, path);
    }
  };
}

function fieldValueOf(struct: Struct, field: Field): unknown {
  const value = struct[field.name];
  return value === undefined && field.optional ? field.default : value;
}

/** Whether a value (undefined: left out) is what a reader takes for an absent field. */
export function isDefault(field: Field, value: unknown): boolean {
  if (value === undefined) return true;
  if (value === null || field.default === null) return value === field.default;
  switch (field.type.kind) {
    case "struct": {
      const struct = value as Struct;
      return (
        struct.unknownTaggedFields === undefined &&
        field.type.fields.every((inner) => isDefault(inner, struct[inner.name]))
      );
    }
    case "array":
    case "bytes":
    case "records":
    case "recordParts":
      return (value as { length: number }).length === 0;
    case "wideInt64":
      // biome-ignore lint/suspicious/noDoubleEquals: 5 equals 5n
      return value == field.default;
    default:
      return value === field.default;
  }
}
