import type { DumpItem, RecordItem } from "../inspection/dump-item.ts";
import { base64, type Json } from "../inspection/message-json.ts";
import type { DecodedPart } from "../inspection/record-decoders.ts";
import { utf8Text } from "./dump-text.ts";

/** The item as one line of JSON. Keys, values and headers are text, or an object `{"base64": ...}` when they are none. */
export function dumpJson(item: DumpItem): string {
  return `${JSON.stringify(item.type === "record" ? recordJson(item) : item)}\n`;
}

function recordJson({ key, value, headers, decoded, ...rest }: RecordItem): Json {
  return {
    ...rest,
    key: decoded === undefined ? bytesJson(key) : decoded.key === undefined ? null : partJson(decoded.key),
    value: decoded === undefined ? bytesJson(value) : decoded.value === null ? null : partJson(decoded.value),
    headers: headers.map((header) => ({ key: header.key, value: bytesJson(header.value) })),
  };
}

function bytesJson(bytes: Uint8Array | null): Json {
  if (bytes === null) return null;
  return utf8Text(bytes) ?? { base64: base64(bytes) };
}

function partJson({ name, version, data }: DecodedPart): Json {
  return { name, version, data };
}
