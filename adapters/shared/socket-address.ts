import type { Address } from "../../src/runtime.ts";

/** All interfaces, as an empty host name in a listener means. */
export const anyHost = "::";

/** An IPv4 peer of a dual-stack socket shows as an IPv6 address that contains its own. */
export function socketAddress(host: string | undefined, port: number | undefined): Address {
  const text = host ?? "";
  return { host: text.startsWith("::ffff:") && text.includes(".") ? text.slice(7) : text, port: port ?? 0 };
}
