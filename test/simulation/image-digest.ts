import type { MetadataImage } from "../../src/controller/metadata-image.ts";

/** What an image says, as a number: images share what did not change, and it is looked at once. */
export class ImageDigest {
  readonly #known = new WeakMap<object, number>();

  of({ topics, brokers, controllers, features, configs, nextProducerId, security }: MetadataImage): number {
    const parts = [
      this.#part(topics, () => topics),
      this.#part(brokers, () => brokers.values()),
      this.#part(controllers, () => controllers.values()),
      this.#part(features, () => [Object.fromEntries(features)]),
      this.#part(configs, () => configs),
      this.#part(security, () => security.values()),
    ];
    return parts.reduce((digest, part) => Math.imul(digest, 31) + part, nextProducerId) | 0;
  }

  /** In whatever order the elements come. */
  #part(part: object, elements: () => Iterable<object>): number {
    return this.#once(part, () => {
      let sum = 0;
      for (const element of elements()) sum = (sum + this.#once(element, () => digestOf(element))) | 0;
      return sum;
    });
  }

  #once(object: object, digest: () => number): number {
    let known = this.#known.get(object);
    if (known === undefined) {
      known = digest();
      this.#known.set(object, known);
    }
    return known;
  }
}

/** All that {@link ImageDigest} looks at, for who wants to see where two images differ. */
export function describeImage({ topics, brokers, controllers, features, configs, ...rest }: MetadataImage): string {
  const { offset, nextProducerId, security } = rest;
  const elements = [...topics, ...brokers.values(), ...controllers.values(), ...configs, ...security.values()];
  const lines = elements.map(textOf).sort();
  return [`offset ${offset}, producer ids from ${nextProducerId}`, textOf(features), ...lines].join("\n");
}

function textOf(value: unknown): string {
  return JSON.stringify(value, (_, part) => {
    if (typeof part === "bigint") return String(part);
    if (part instanceof Map) return [...part].sort(([a], [b]) => (String(a) < String(b) ? -1 : 1));
    if (part instanceof Set) return [...part].sort();
    if (typeof part !== "object" || part === null || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

/** Of what {@link textOf} says, without the text; the order of keys and of members makes no difference, that of an array does. */
function digestOf(value: unknown): number {
  if (typeof value === "string") return hashOf(value, TEXT);
  if (typeof value === "number" && (value | 0) === value) return mix(OTHER, value);
  if (typeof value !== "object" || value === null) return hashOf(String(value), OTHER);
  if (Array.isArray(value)) {
    let digest = value.length;
    for (const element of value) digest = mix(digest, digestOf(element));
    return digest;
  }
  let sum = 0;
  if (value instanceof Set) {
    for (const member of value) sum += mix(MEMBER, digestOf(member));
  } else if (value instanceof Map) {
    for (const [key, entry] of value) sum += mix(digestOf(key), digestOf(entry));
  } else {
    for (const [key, part] of Object.entries(value)) {
      if (part !== undefined) sum += mix(hashOf(key, TEXT), digestOf(part));
    }
  }
  return sum | 0;
}

const TEXT = 0x811c9dc5;
const OTHER = 0x2f0b4a21;
const MEMBER = 0x5bd1e995;

function hashOf(text: string, start: number): number {
  let hash = start;
  for (let index = 0; index < text.length; index++) hash = mix(hash, text.charCodeAt(index));
  return hash;
}

/** FNV-1a's kind; what comes out of it is summed up, so that its high bits have to reach the low ones. */
function mix(hash: number, value: number): number {
  const mixed = Math.imul(hash ^ value, 0x01000193);
  return mixed ^ (mixed >>> 15);
}
