import { isDeepStrictEqual } from "node:util";
import type { Layout, ValueLayout } from "../../../src/protocol/layout.ts";

/** A decoded message as Apache Kafka's JSON converters print it, except that floating point numbers appear as their bits. */
export function kafkaJson(layout: Layout, value: object): string {
  const properties: string[] = [];
  for (const { field, present, value: type } of layout.fields) {
    const fieldValue = (value as Record<string, unknown>)[field.name];
    if (!present) continue;
    // The converters, like the encoding, leave out tagged fields at their defaults.
    if (field.tag !== undefined && isDeepStrictEqual(fieldValue, field.default)) continue;
    properties.push(`"${field.name}":${valueJson(type, fieldValue)}`);
  }
  return `{${properties.join(",")}}`;
}

function valueJson({ type, struct, element }: ValueLayout, value: unknown): string {
  if (value === null) return "null";
  switch (type.kind) {
    case "struct":
      return kafkaJson(struct!, value as object);
    case "array":
      return `[${(value as unknown[]).map((each) => valueJson(element!, each)).join(",")}]`;
    case "string":
    case "uuid":
      return JSON.stringify(value);
    case "bytes":
      return `"${Buffer.from(value as Uint8Array).toString("base64")}"`;
    case "records":
    case "recordParts":
      // The converters never print records.
      return '""';
    case "float64": {
      const bits = new DataView(new ArrayBuffer(8));
      bits.setFloat64(0, value as number);
      return String(bits.getBigInt64(0));
    }
    default:
      return String(value);
  }
}
