/** What a group operation needs to know of where its request came from. */
export interface GroupRequestContext {
  readonly apiVersion: number;
  readonly clientId: string;
  /** As Kafka stores it: see {@link javaHost}. */
  readonly clientHost: string;
  /** Chance comes in from outside: a new id in the text form of RFC 9562. */
  newUuid(): string;
}

/**
 * An address as Java prints one without a host name, which is what records and DescribeGroups of Apache Kafka show:
 * "/10.0.0.7", "/0:0:0:0:0:0:0:1".
 */
export function javaHost(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  if (mapped !== null) return `/${mapped[1]}`;
  if (!address.includes(":")) return `/${address}`;
  const [ip = "", scope] = address.split("%");
  const [head = "", tail] = ip.split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? [] : new Array<string>(Math.max(0, 8 - left.length - right.length)).fill("0");
  return `/${[...left, ...zeros, ...right].join(":")}${scope === undefined ? "" : `%${scope}`}`;
}

/** 16 random bytes as the text of a version 4 uuid. */
export function uuidText(random: Uint8Array): string {
  const hex = Array.from(random, (byte, index) => {
    const value = index === 6 ? (byte & 0x0f) | 0x40 : index === 8 ? (byte & 0x3f) | 0x80 : byte;
    return value.toString(16).padStart(2, "0");
  }).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
