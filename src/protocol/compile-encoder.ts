import type { SourceText } from "./compile.ts";
import { defaultValue } from "./compile-decoder.ts";
import { type FieldLayout, fixedSize, type Layout, type ValueLayout } from "./layout.ts";
import type { Field, Type } from "./schema.ts";

/** Emits the functions that write `layout` and answers the name of the outermost: `(writer, value)`. */
export function emitEncoder(source: SourceText, layout: Layout): string {
  const name = source.functionName("encode");
  const lines = [
    "let p;",
    ...refusals(source, layout),
    ...ordinaryFields(source, layout),
    ...taggedFields(source, layout),
  ];
  source.define(name, `(w, value) {\n${lines.join("\n")}\n}`);
  return name;
}

/** A field that this version lacks must be at its default, unless it is ignorable. */
function refusals(source: SourceText, layout: Layout): string[] {
  return layout.refused.map((each) => {
    const value = `value.${each.field.name}`;
    const path = JSON.stringify(each.path);
    return `if (${value} !== undefined && ${isNotDefault(source, each, value)}) w.refuseField(${path});`;
  });
}

/** Consecutive fields of fixed size share one reservation. */
function ordinaryFields(source: SourceText, layout: Layout): string[] {
  const lines: string[] = [];
  let run: string[] = [];
  let runSize = 0;
  const endRun = () => {
    if (runSize > 0) lines.push("{", `p = w.reserve(${runSize});`, "const view = w.view;", ...run, "}");
    run = [];
    runSize = 0;
  };
  for (const each of layout.ordinary) {
    const size = fixedSize(each.value.type);
    lines.push(readValue(source, each));
    if (size === undefined) {
      endRun();
      lines.push(...writeField(source, each));
    } else {
      run.push(writeFixed(each.value.type, local(each.field), `p + ${runSize}`, each.path));
      runSize += size;
    }
  }
  endRun();
  return lines;
}

function taggedFields(source: SourceText, layout: Layout): string[] {
  if (!layout.flexible) {
    return [`if (value.unknownTaggedFields !== undefined) w.refuseTaggedFields(${JSON.stringify(layout.path)});`];
  }
  const { tagged } = layout;
  const lines: string[] = [];
  for (const each of tagged) {
    lines.push(readValue(source, each));
    lines.push(`const ${local(each.field)}set = ${isNotDefault(source, each, local(each.field))};`);
  }
  const known = tagged.map(({ field }) => `(${local(field)}set ? 1 : 0)`);
  lines.push("const unknown = value.unknownTaggedFields;");
  lines.push("let next = 0;");
  lines.push(`w.unsignedVarint(${[...known, "(unknown === undefined ? 0 : unknown.length)"].join(" + ")});`);
  for (const each of tagged) {
    lines.push(`if (unknown !== undefined) next = w.rawTaggedFields(unknown, next, ${each.field.tag});`);
    lines.push(`if (${local(each.field)}set) {`, ...writeTagged(source, each), "}");
  }
  lines.push("if (unknown !== undefined) w.rawTaggedFields(unknown, next, Infinity);");
  return lines;
}

function writeTagged(source: SourceText, each: FieldLayout): string[] {
  const target = local(each.field);
  const { tag } = each.field;
  const size = fixedSize(each.value.type);
  if (size !== undefined) {
    return [
      `w.unsignedVarint(${tag});`,
      `w.unsignedVarint(${size});`,
      `p = w.reserve(${size});`,
      "const view = w.view;",
      writeFixed(each.value.type, target, "p", each.path),
    ];
  }
  const write = [
    `const mark = w.beginTaggedField(${tag});`,
    ...(each.nullable && each.value.struct !== undefined ? ["w.unsignedVarint(1);"] : []),
    ...writeValue(source, each),
    "w.endTaggedField(mark);",
  ];
  if (!each.nullable || each.field.default === null) return write;
  return [`if (${target} === null) w.nullTaggedField(${tag});`, "else {", ...write, "}"];
}

/** An ordinary field of varying size, which may be null. */
function writeField(source: SourceText, each: FieldLayout): string[] {
  const target = local(each.field);
  const { type, struct } = each.value;
  const mayBeNull = each.field.nullable.lowest <= each.field.nullable.highest;
  if (!mayBeNull) return writeValue(source, each);
  let writeNull: string;
  if (!each.nullable) writeNull = `w.refuseNull(${JSON.stringify(each.path)});`;
  else if (struct !== undefined) writeNull = "w.int8(-1);";
  else if (each.compact) writeNull = "w.unsignedVarint(0);";
  else writeNull = type.kind === "string" ? "w.int16(-1);" : "w.int32(-1);";
  // KIP-893: an int8 in front of a nullable struct.
  const mark = struct !== undefined && each.nullable ? ["w.int8(1);"] : [];
  return [`if (${target} === null) ${writeNull}`, "else {", ...mark, ...writeValue(source, each), "}"];
}

/** A value of varying size that is not null. */
function writeValue(source: SourceText, each: FieldLayout): string[] {
  const target = local(each.field);
  const { struct, element } = each.value;
  if (struct !== undefined) return [`${emitEncoder(source, struct)}(w, ${target});`];
  if (element !== undefined) return writeArray(source, each, element);
  return [writeVariable(each.value.type, each.compact, target, each.path)];
}

function writeArray(source: SourceText, each: FieldLayout, element: ValueLayout): string[] {
  const target = local(each.field);
  const size = fixedSize(element.type);
  const length = each.compact ? `w.unsignedVarint(${target}.length + 1);` : `w.int32(${target}.length);`;
  const loop = `for (let i = 0; i < ${target}.length; i++)`;
  if (element.struct !== undefined) {
    return [length, `${loop} ${emitEncoder(source, element.struct)}(w, ${target}[i]);`];
  }
  if (size === undefined) {
    return [length, `${loop} ${writeVariable(element.type, each.compact, `${target}[i]`, each.path)}`];
  }
  return [
    length,
    "{",
    `p = w.reserve(${size} * ${target}.length);`,
    "const view = w.view;",
    `${loop} {`,
    `const item = ${target}[i];`,
    writeFixed(element.type, "item", `p + ${size} * i`, each.path),
    "}",
    "}",
  ];
}

function writeFixed(type: Type, value: string, at: string, path: string): string {
  const field = JSON.stringify(path);
  const checked = (outside: string, write: string) => `if (${outside}) w.refuseValue(${field}, ${value}); ${write};`;
  switch (type.kind) {
    case "boolean":
      return `w.bytes[${at}] = ${value} ? 1 : 0;`;
    case "int8":
      return checked(`${value} !== ${value} << 24 >> 24`, `view.setInt8(${at}, ${value})`);
    case "int16":
      return checked(`${value} !== ${value} << 16 >> 16`, `view.setInt16(${at}, ${value})`);
    case "uint16":
      return checked(`${value} !== (${value} & 0xffff)`, `view.setUint16(${at}, ${value})`);
    case "int32":
      return checked(`${value} !== (${value} | 0)`, `view.setInt32(${at}, ${value})`);
    case "uint32":
      return checked(`${value} !== ${value} >>> 0`, `view.setUint32(${at}, ${value})`);
    case "int64":
      return `w.int64At(${at}, ${value}, ${field});`;
    case "wideInt64":
      return `w.wideInt64At(${at}, ${value}, ${field});`;
    case "float64":
      return checked(`typeof ${value} !== "number"`, `view.setFloat64(${at}, ${value})`);
    case "uuid":
      return `w.uuidAt(${at}, ${value}, ${field});`;
    default:
      throw new Error(`${type.kind} has no fixed size`);
  }
}

function writeVariable(type: Type, compact: boolean, value: string, path: string): string {
  switch (type.kind) {
    case "string":
      return `w.${compact ? "compactString" : "plainString"}(${value}, ${JSON.stringify(path)});`;
    case "bytes":
      return `w.${compact ? "compactBytes" : "plainBytes"}(${value});`;
    case "records":
      return `w.${compact ? "compactRecords" : "plainRecords"}(${value});`;
    case "recordParts":
      return `w.${compact ? "compactRecordParts" : "plainRecordParts"}(${value});`;
    default:
      throw new Error(`${type.kind} has a fixed size`);
  }
}

/** An expression: whether `value`, which is not undefined, differs from the default of the field. */
function isNotDefault(source: SourceText, { field, value: layout }: FieldLayout, value: string): string {
  if (field.default === null) return `${value} !== null`;
  switch (layout.type.kind) {
    case "struct":
      return `(${value} === null || !${emitIsDefault(source, layout.struct!)}(${value}))`;
    case "array":
    case "bytes":
    case "records":
    case "recordParts":
      return `(${value} === null || ${value}.length !== 0)`;
    case "wideInt64":
      // Loosely: 5 equals 5n.
      return `${value} != ${defaultValue(source, field)}`;
    default:
      return `${value} !== ${defaultValue(source, field)}`;
  }
}

/** Emits a function: whether every field of a struct, of this version or not, is at its default. */
function emitIsDefault(source: SourceText, layout: Layout): string {
  const name = source.functionName("isDefault");
  const lines = layout.fields.map((each) => {
    const value = `value.${each.field.name}`;
    return `if (${value} !== undefined && ${isNotDefault(source, each, value)}) return false;`;
  });
  lines.push("return value.unknownTaggedFields === undefined;");
  source.define(name, `(value) {\n${lines.join("\n")}\n}`);
  return name;
}

function readValue(source: SourceText, { field }: FieldLayout): string {
  const value = `value.${field.name}`;
  if (!field.optional) return `const ${local(field)} = ${value};`;
  return `const ${local(field)} = ${value} === undefined ? ${defaultValue(source, field)} : ${value};`;
}

function local(field: Field): string {
  return `${field.name}_`;
}
