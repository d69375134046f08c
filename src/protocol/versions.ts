/** Versions `lowest` to `highest`, both included. */
export interface VersionRange {
  readonly lowest: number;
  readonly highest: number;
}

/** Versions are int16 on the wire; "3+" ends here. */
const HIGHEST_VERSION = 32767;

const NO_VERSIONS: VersionRange = { lowest: 0, highest: -1 };

/** Two thousand fields share a few dozen ranges. */
const known = new Map<string, VersionRange>([["none", NO_VERSIONS]]);

/** Reads Kafka's notation: "0-4", "3+", "2", "none". */
export function parseVersions(text: string): VersionRange {
  let range = known.get(text);
  if (range === undefined) {
    range = parse(text);
    known.set(text, range);
  }
  return range;
}

function parse(text: string): VersionRange {
  const match = /^(\d+)(?:(\+)|-(\d+))?$/.exec(text);
  if (match === null) throw new Error(`Not a version range: ${text}`);
  const lowest = Number(match[1]);
  if (match[2] !== undefined) return { lowest, highest: HIGHEST_VERSION };
  return { lowest, highest: match[3] === undefined ? lowest : Number(match[3]) };
}

export function includes(range: VersionRange, version: number): boolean {
  return version >= range.lowest && version <= range.highest;
}
