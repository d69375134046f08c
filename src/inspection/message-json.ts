import { isDefault } from "../protocol/interpret.ts";
import { type Layout, layoutOf, type ValueLayout } from "../protocol/layout.ts";
import type { Message } from "../protocol/schema.ts";

export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/**
 * A decoded message as JSON, as Kafka's tools show it: the fields of its version, without tagged ones at their defaults.
 * Bytes are base64; an integer beyond 53 bits is a string.
 */
export function messageJson(message: Message, version: number, value: unknown): Json {
  return structJson(layoutOf(message, version), value as Record<string, unknown>);
}

function structJson(layout: Layout, value: Record<string, unknown>): Json {
  const json: Record<string, Json> = {};
  for (const { field, present, value: type } of layout.fields) {
    if (!present || (field.tag !== undefined && isDefault(field, value[field.name]))) continue;
    json[field.name] = valueJson(type, value[field.name]);
  }
  return json;
}

function valueJson({ struct, element }: ValueLayout, value: unknown): Json {
  if (value === null || value === undefined) return null;
  if (struct !== undefined) return structJson(struct, value as Record<string, unknown>);
  if (element !== undefined) return (value as readonly unknown[]).map((each) => valueJson(element, each));
  if (value instanceof Uint8Array) return base64(value);
  return typeof value === "bigint" ? String(value) : (value as Json);
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

export function base64(bytes: Uint8Array): string {
  let text = "";
  for (let index = 0; index < bytes.length; index += 3) {
    const bits = (bytes[index]! << 16) | ((bytes[index + 1] ?? 0) << 8) | (bytes[index + 2] ?? 0);
    text += ALPHABET[bits >> 18]! + ALPHABET[(bits >> 12) & 63]!;
    text += index + 1 < bytes.length ? ALPHABET[(bits >> 6) & 63]! : "=";
    text += index + 2 < bytes.length ? ALPHABET[bits & 63]! : "=";
  }
  return text;
}
