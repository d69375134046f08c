/** Kafka's checkpoint format, version 0: a line with the version, a line with the count, then an entry on each line. */

const utf8 = new TextDecoder();

export function encodeCheckpoint(entries: readonly string[]): Uint8Array {
  return new TextEncoder().encode(`${[0, entries.length, ...entries].join("\n")}\n`);
}

/** Throws on anything but a whole file; an empty one is one without entries. */
export function decodeCheckpoint(bytes: Uint8Array): string[] {
  if (bytes.length === 0) return [];
  const [version, count, ...lines] = utf8.decode(bytes).split("\n");
  if (version !== "0") throw new Error(`Checkpoint version ${JSON.stringify(version)} is not supported`);
  const entries = lines.filter((line) => line.trim() !== "");
  if (count === undefined || !/^\d+$/.test(count) || Number(count) !== entries.length) {
    throw new Error(`The checkpoint declares ${count} entries and holds ${entries.length}`);
  }
  return entries;
}

/** The integers of an entry; throws when there are more, fewer or other fields. */
export function parseIntegers(entry: string, fields: readonly string[]): number[] {
  if (fields.length === 0 || fields.some((field) => !/^-?\d{1,16}$/.test(field))) {
    throw new Error(`Malformed checkpoint entry ${JSON.stringify(entry)}`);
  }
  return fields.map(Number);
}
