/** Versions `lowest` to `highest`, both included. */
export interface VersionRange {
  readonly lowest: number;
  readonly highest: number;
}

/** Versions are int16 on the wire; "3+" ends here. */
const HIGHEST_VERSION = 32767;

const NO_VERSIONS: VersionRange = { lowest: 0, highest: -1 };

/** Reads Kafka's notation: "0-4", "3+", "2", "none". */
export function parseVersions(text: string): VersionRange {
  if (text === "none") return NO_VERSIONS;
  const match = /^(\d+)(?:(\+)|-(\d+))?$/.exec(text);
  if (match === null) throw new Error(`Not a version range: ${text}`);
  const lowest = Number(match[1]);
  if (match[2] !== undefined) return { lowest, highest: HIGHEST_VERSION };
  return { lowest, highest: match[3] === undefined ? lowest : Number(match[3]) };
}

export function includes(range: VersionRange, version: number): boolean {
  return version >= range.lowest && version <= range.highest;
}
