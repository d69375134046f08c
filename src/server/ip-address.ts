const IPV4_BYTES = 4;
const IPV6_BYTES = 16;

/** The 4 or 16 bytes of an IP address; undefined for anything else. */
export function addressToBytes(text: string): Uint8Array | undefined {
  const address = text.split("%", 1)[0]!;
  if (!address.includes(":")) return ipv4Bytes(address);
  const [head = "", tail] = address.split("::") as [string, string | undefined];
  const front = groupsToBytes(head);
  const back = groupsToBytes(tail ?? "");
  if (front === undefined || back === undefined || address.split("::").length > 2) return undefined;
  const missing = IPV6_BYTES - front.length - back.length;
  if (tail === undefined ? missing !== 0 : missing < 0) return undefined;
  return Uint8Array.from([...front, ...new Array<number>(missing).fill(0), ...back]);
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
