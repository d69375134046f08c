/** What a group operation needs to know of where its request came from. */
export interface GroupRequestContext {
  readonly apiVersion: number;
  readonly clientId: string;
  /** As Kafka stores it: "/10.0.0.7". */
  readonly clientHost: string;
  /** Chance comes in from outside: a new id in the text form of RFC 9562. */
  newUuid(): string;
}

/** 16 random bytes as the text of a version 4 uuid. */
export function uuidText(random: Uint8Array): string {
  const hex = Array.from(random, (byte, index) => {
    const value = index === 6 ? (byte & 0x0f) | 0x40 : index === 8 ? (byte & 0x3f) | 0x80 : byte;
    return value.toString(16).padStart(2, "0");
  }).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
