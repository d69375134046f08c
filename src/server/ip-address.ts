const IPV4_BYTES = 4;
const IPV6_BYTES = 16;
/** What stands in front of an IPv4 address within an IPv6 one (RFC 4291). */
const MAPPED_BYTES = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];

/** The 4 or 16 bytes of an IP address, as Java has them: an IPv6 address that contains an IPv4 one is that. Undefined for anything else. */
export function addressToBytes(text: string): Uint8Array | undefined {
  const address = text.split("%", 1)[0]!;
  if (!address.includes(":")) return ipv4Bytes(address);
  const bytes = ipv6Bytes(address);
  const isMapped = bytes?.every((byte, index) => index >= MAPPED_BYTES.length || byte === MAPPED_BYTES[index]) ?? false;
  return isMapped ? bytes!.slice(MAPPED_BYTES.length) : bytes;
}

/** Undefined unless there are 4 or 16 bytes. */
export function addressToText(bytes: Uint8Array): string | undefined {
  if (bytes.length === IPV4_BYTES) return bytes.join(".");
  if (bytes.length !== IPV6_BYTES) return undefined;
  const groups: string[] = [];
  for (let index = 0; index < IPV6_BYTES; index += 2)
    groups.push(((bytes[index]! << 8) | bytes[index + 1]!).toString(16));
  return groups.join(":");
}

/** The one text that an address has of the many it may be written in; undefined for anything else. */
export function canonicalAddress(text: string): string | undefined {
  const bytes = addressToBytes(text);
  return bytes && addressToText(bytes);
}

/**
 * An address as Java prints one without a host name, which is what records and DescribeGroups of Apache Kafka show:
 * "/10.0.0.7", "/0:0:0:0:0:0:0:1".
 */
export function javaHost(address: string): string {
  const scopeStart = address.indexOf("%");
  return `/${canonicalAddress(address) ?? address}${scopeStart < 0 ? "" : address.slice(scopeStart)}`;
}

function ipv6Bytes(address: string): Uint8Array | undefined {
  const [head = "", tail] = address.split("::") as [string, string | undefined];
  const front = groupsToBytes(head);
  const back = groupsToBytes(tail ?? "");
  if (front === undefined || back === undefined || address.split("::").length > 2) return undefined;
  const missing = IPV6_BYTES - front.length - back.length;
  if (tail === undefined ? missing !== 0 : missing < 0) return undefined;
  return Uint8Array.from([...front, ...new Array<number>(missing).fill(0), ...back]);
}

function ipv4Bytes(text: string): Uint8Array | undefined {
  const parts = text.split(".");
  if (parts.length !== IPV4_BYTES || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256))
    return undefined;
  return Uint8Array.from(parts, Number);
}

/** Groups of four hexadecimal digits, the last of them maybe an IPv4 address. */
function groupsToBytes(text: string): number[] | undefined {
  if (text === "") return [];
  const bytes: number[] = [];
  for (const group of text.split(":")) {
    const ipv4 = group.includes(".") ? ipv4Bytes(group) : undefined;
    if (ipv4 !== undefined) bytes.push(...ipv4);
    else if (/^[0-9a-fA-F]{1,4}$/.test(group))
      bytes.push(Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff);
    else return undefined;
  }
  return bytes;
}
