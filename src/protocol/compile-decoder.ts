import type { SourceText } from "./compile.ts";
import { type FieldLayout, fixedSize, type Layout, type ValueLayout } from "./layout.ts";
import { EMPTY_ARRAY, type Field, type Type } from "./schema.ts";

/** Emits the functions that read `layout` and answers the name of the outermost: `(reader) => value`. */
export function emitDecoder(source: SourceText, layout: Layout): string {
  const name = source.functionName("decode");
  const lines = ["let p;", "const view = r.view;", ...ordinaryFields(source, layout)];
  if (layout.flexible) lines.push(...taggedFields(source, layout));
  const properties = layout.fields.map(({ field, present }) =>
    present ? `${field.name}: ${local(field)}` : `${field.name}: ${defaultValue(source, field)}`,
  );
  lines.push(`const value = { ${properties.join(", ")} };`);
  if (layout.flexible) lines.push("if (unknown !== undefined) value.unknownTaggedFields = unknown;");
  lines.push("return value;");
  source.define(name, `(r) {\n${lines.join("\n")}\n}`);
  return name;
}

/** A literal, or a constant shared by all decoded values. */
export function defaultValue(source: SourceText, field: Field): string {
  const value = field.default;
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "object" && value !== null) return source.constant(value);
  return String(value);
}

/** Consecutive fields of fixed size share one check of the bytes that remain. */
function ordinaryFields(source: SourceText, layout: Layout): string[] {
  const lines: string[] = [];
  let run: string[] = [];
  let runSize = 0;
  const endRun = () => {
    if (runSize > 0) lines.push(`p = r.take(${runSize});`, ...run);
    run = [];
    runSize = 0;
  };
  for (const each of layout.ordinary) {
    const size = fixedSize(each.value.type);
    if (size === undefined) {
      endRun();
      lines.push(`let ${local(each.field)};`, ...readField(source, each, false));
    } else {
      run.push(`const ${local(each.field)} = ${fixedValue(each.value.type, `p + ${runSize}`, each.path)};`);
      runSize += size;
    }
  }
  endRun();
  return lines;
}

function taggedFields(source: SourceText, layout: Layout): string[] {
  const cases = layout.tagged.map((each) => {
    const path = JSON.stringify(each.path);
    const read = readField(source, each, true).join("\n");
    return `case ${each.field.tag}: {\nconst end = r.beginTaggedField(size);\n${read}\nr.endTaggedField(end, ${path});\nbreak;\n}`;
  });
  for (const { field, path } of layout.misplacedTags) {
    cases.push(`case ${field.tag}: r.refuseTag(tag, ${JSON.stringify(path)});`);
  }
  cases.push("default: unknown = r.unknownTaggedField(unknown, tag, size);");
  return [
    ...layout.tagged.map(({ field }) => `let ${local(field)} = ${defaultValue(source, field)};`),
    "let unknown;",
    "for (let left = r.unsignedVarint(); left > 0; left--) {",
    "const tag = r.unsignedVarint();",
    "const size = r.unsignedVarint();",
    `switch (tag) {\n${cases.join("\n")}\n}`,
    "}",
  ];
}

/** Statements that assign the local variable of a field. */
function readField(source: SourceText, each: FieldLayout, tagged: boolean): string[] {
  const target = local(each.field);
  const { value } = each;
  if (value.struct !== undefined) {
    const read = `${emitDecoder(source, value.struct)}(r)`;
    if (!each.nullable) return [`${target} = ${read};`];
    // KIP-893: a tagged struct has an unsigned varint in front, an ordinary one an int8.
    const isNull = tagged ? "r.unsignedVarint() === 0" : "r.int8() < 0";
    return [`${target} = ${isNull} ? null : ${read};`];
  }
  if (value.element !== undefined) return readArray(source, each, value.element);
  if (fixedSize(value.type) !== undefined) {
    return [`p = r.take(${fixedSize(value.type)});`, `${target} = ${fixedValue(value.type, "p", each.path)};`];
  }
  return [`${target} = ${variableValue(value.type, each.compact, each.nullable, each.path)};`];
}

function readArray(source: SourceText, each: FieldLayout, element: ValueLayout): string[] {
  const target = local(each.field);
  const path = JSON.stringify(each.path);
  const length = each.compact ? "compactArrayLength" : "arrayLength";
  const size = fixedSize(element.type);
  let item: string;
  if (element.struct !== undefined) item = `${emitDecoder(source, element.struct)}(r)`;
  else if (size !== undefined) item = fixedValue(element.type, `q + ${size} * i`, each.path);
  else item = variableValue(element.type, each.compact, false, each.path);
  return [
    "{",
    `const n = r.${length}(${Math.max(1, element.leastSize)}, ${element.heapSize}, ${path});`,
    `if (n < 0) ${target} = ${each.nullable ? "null" : `r.refuseNull(${path})`};`,
    `else if (n === 0) ${target} = ${source.constant(EMPTY_ARRAY)};`,
    "else {",
    `${target} = new Array(n);`,
    size === undefined ? "" : `const q = r.take(${size} * n);`,
    `for (let i = 0; i < n; i++) ${target}[i] = ${item};`,
    "}",
    "}",
  ];
}

function fixedValue(type: Type, at: string, path: string): string {
  switch (type.kind) {
    case "boolean":
      return `r.bytes[${at}] !== 0`;
    case "int8":
      return `view.getInt8(${at})`;
    case "int16":
      return `view.getInt16(${at})`;
    case "uint16":
      return `view.getUint16(${at})`;
    case "int32":
      return `view.getInt32(${at})`;
    case "uint32":
      return `view.getUint32(${at})`;
    case "int64":
      return `r.int64At(${at}, ${JSON.stringify(path)})`;
    case "wideInt64":
      return `r.wideInt64At(${at})`;
    case "float64":
      return `view.getFloat64(${at})`;
    case "uuid":
      return `r.uuidAt(${at})`;
    default:
      throw new Error(`${type.kind} has no fixed size`);
  }
}

function variableValue(type: Type, compact: boolean, nullable: boolean, path: string): string {
  const method = `${type.kind === "string" ? "String" : "Bytes"}(${JSON.stringify(path)})`;
  const prefix = compact ? (nullable ? "compactNullable" : "compact") : nullable ? "nullable" : "plain";
  const read = `r.${prefix}${method}`;
  if (type.kind !== "recordParts") return read;
  return `r.parts(${read})`;
}

function local(field: Field): string {
  return `${field.name}_`;
}
