import type { Entry } from "./scenario.ts";

/**
 * What may differ between two brokers that behave alike: identifiers, ports and the time. Each is replaced by a name that
 * counts its first appearances, so that "the same topic id again" is still compared.
 */
export class Normaliser {
  private readonly names = new Map<unknown, string>();
  private readonly ports: ReadonlyMap<unknown, string>;

  /** Of the brokers, in their order. */
  constructor(ports: readonly number[]) {
    this.ports = new Map(ports.map((port, index) => [port, `<port ${index + 1}>`]));
  }

  normaliseAll(entries: readonly Entry[]): Entry[] {
    return entries.map(({ step, answer }) => ({ step, answer: this.normalise(answer) }));
  }

  normalise(value: unknown, key = ""): unknown {
    if (value instanceof Uint8Array) return Buffer.from(value).toString("hex");
    if (Array.isArray(value)) {
      if (sets.has(key)) return value.toSorted();
      const inOrder = unordered.has(key) ? value.toSorted((a, b) => sortKey(a).localeCompare(sortKey(b))) : value;
      return inOrder.map((each) => this.normalise(each, key));
    }
    if (typeof value === "object" && value !== null) {
      return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, this.normalise(each, name)]));
    }
    if (typeof value === "bigint") return `${value}n`;
    if (key === "port" && this.ports.has(value)) return this.ports.get(value);
    // Of several brokers, Apache Kafka names one that chance has chosen.
    if (key === "controllerId" && this.ports.size > 1 && value !== -1) return "<a broker>";
    if (key === "errorMessage" && typeof value === "string") return this.namedIn(value);
    if (isNamed(key, value)) return this.nameOf(key, value);
    if (/timestamp/i.test(key) && typeof value === "number" && value > 1_600_000_000_000) return "<now>";
    return value;
  }

  /** A text with the identifiers in it by their names. */
  private namedIn(text: string): string {
    const known = [...this.names].filter(([value]) => typeof value === "string");
    return known.reduce((named, [value, name]) => named.replaceAll(value as string, name), text);
  }

  private nameOf(key: string, value: unknown): string {
    const known = this.names.get(value);
    if (known !== undefined) return known;
    const name = `<${key} ${this.names.size}>`;
    this.names.set(value, name);
    return name;
  }
}

/** Their order is that of the changes that made them. */
const sets = new Set(["isrNodes", "eligibleLeaderReplicas"]);

/** Kafka answers these from a hash map. */
const unordered = new Set(["responses", "topics", "results", "apiKeys", "configs", "groups", "configResources"]);

function sortKey(value: unknown): string {
  const { name, groupId, apiKey, resourceName } = (value ?? {}) as Record<string, unknown>;
  return String(name ?? groupId ?? apiKey ?? resourceName ?? "");
}

const identifiers = new Set([
  "topicId",
  "clusterId",
  "memberId",
  "leader",
  "members",
  "producerId",
  "sessionId",
  "logDir",
  "replicaDirectoryId",
]);

function isNamed(key: string, value: unknown): boolean {
  if (!identifiers.has(key)) return false;
  return typeof value === "string" ? value.length > 20 : typeof value === "number" && value > 0;
}
