import type { Field, Message, StructType, Type } from "./schema.ts";
import { includes } from "./versions.ts";

/** A struct as it lies on the wire in one version. */
export interface Layout {
  /** Where the struct is, for error messages: "FetchRequest.topics.partitions". */
  readonly path: string;
  readonly flexible: boolean;
  /** Every field of the schema, in order, present or not. */
  readonly fields: readonly FieldLayout[];
  /** Present fields in front of the tagged ones. */
  readonly ordinary: readonly FieldLayout[];
  /** Present tagged fields by ascending tag. */
  readonly tagged: readonly FieldLayout[];
  /** Tagged fields of other versions. */
  readonly misplacedTags: readonly FieldLayout[];
  /** Fields of other versions that must be at their defaults. */
  readonly refused: readonly FieldLayout[];
}

export interface FieldLayout {
  readonly field: Field;
  readonly path: string;
  readonly present: boolean;
  readonly nullable: boolean;
  /** Lengths are unsigned varints, one too large, 0 for null. */
  readonly compact: boolean;
  readonly value: ValueLayout;
}

/** The type of a field or of an array's element, with the layout of the struct in it. */
export interface ValueLayout {
  readonly type: Type;
  readonly struct: Layout | undefined;
  readonly element: ValueLayout | undefined;
  /** The fewest bytes that a value (not null) takes. */
  readonly leastSize: number;
  /** About the memory of a decoded value, without its slot and without what arrays and bytes in it hold. */
  readonly heapSize: number;
}

export function layoutOf(message: Message, version: number): Layout {
  return structLayout(message, message.name, version, includes(message.flexibleVersions, version));
}

/** Bytes of a value whose size never varies; undefined for the other types. */
export function fixedSize(type: Type): number | undefined {
  switch (type.kind) {
    case "boolean":
    case "int8":
      return 1;
    case "int16":
    case "uint16":
      return 2;
    case "int32":
    case "uint32":
      return 4;
    case "int64":
    case "wideInt64":
    case "float64":
      return 8;
    case "uuid":
      return 16;
    default:
      return undefined;
  }
}

function structLayout(type: StructType, path: string, version: number, flexible: boolean): Layout {
  const fields = type.fields.map((field): FieldLayout => {
    const fieldPath = `${path}.${field.name}`;
    const compact = flexible && !field.neverCompact;
    return {
      field,
      path: fieldPath,
      present: includes(field.versions, version),
      nullable: includes(field.nullable, version),
      compact,
      value: valueLayout(field.type, fieldPath, version, flexible, compact),
    };
  });
  const byTag = fields.filter((each) => each.field.tag !== undefined).sort((a, b) => a.field.tag! - b.field.tag!);
  return {
    path,
    flexible,
    fields,
    ordinary: fields.filter((each) => each.present && each.field.tag === undefined),
    tagged: byTag.filter((each) => each.present),
    misplacedTags: byTag.filter((each) => !each.present),
    refused: fields.filter((each) => !each.present && !each.field.ignorable),
  };
}

function valueLayout(type: Type, path: string, version: number, flexible: boolean, compact: boolean): ValueLayout {
  const struct = type.kind === "struct" ? structLayout(type, path, version, flexible) : undefined;
  const element = type.kind === "array" ? valueLayout(type.element, path, version, flexible, compact) : undefined;
  return { type, struct, element, leastSize: leastSize(type, struct, compact), heapSize: heapSize(type, struct) };
}

function leastSize(type: Type, struct: Layout | undefined, compact: boolean): number {
  const fixed = fixedSize(type);
  if (fixed !== undefined) return fixed;
  if (struct === undefined) return compact ? 1 : type.kind === "string" ? 2 : 4;
  let size = struct.flexible ? 1 : 0;
  for (const { value, nullable } of struct.ordinary) {
    size += nullable && value.struct !== undefined ? 1 : value.leastSize;
  }
  return size;
}

const OBJECT_HEAP_BYTES = 24;
const SLOT_HEAP_BYTES = 8;

function heapSize(type: Type, struct: Layout | undefined): number {
  switch (type.kind) {
    case "struct": {
      let size = OBJECT_HEAP_BYTES + SLOT_HEAP_BYTES * struct!.fields.length;
      for (const { value } of struct!.ordinary) size += value.heapSize;
      return size;
    }
    case "string":
      return 24;
    case "uuid":
      return 40;
    case "wideInt64":
      return 24;
    case "int32":
    case "uint32":
    case "int64":
    case "float64":
      return 16;
    default:
      return 0;
  }
}
