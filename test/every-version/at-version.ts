import type { StructType, Type } from "../../src/protocol/schema.ts";

/** `value` without the fields that the version lacks. */
export function atVersion(struct: StructType, version: number, value: object): object {
  const given = value as Readonly<Record<string, unknown>>;
  const fields = struct.fields.filter(
    ({ name, versions }) => name in given && version >= versions.lowest && version <= versions.highest,
  );
  return Object.fromEntries(fields.map(({ name, type }) => [name, pruned(type, version, given[name])]));
}

function pruned(type: Type, version: number, value: unknown): unknown {
  if (value === null) return null;
  if (type.kind === "struct") return atVersion(type as StructType, version, value as object);
  if (type.kind === "array") return (value as unknown[]).map((each) => pruned(type.element, version, each));
  return value;
}
