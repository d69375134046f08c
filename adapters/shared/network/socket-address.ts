import type { Address } from "../../../src/runtime.ts";

/** Listens on the host; on all interfaces when it is empty, also on a machine without IPv6. */
export function listenOn<T>(host: string, listen: (host: string) => T): T {
  if (host !== "") return listen(host);
  try {
    return listen("::");
  } catch (error) {
    if ((error as { code?: string }).code === "EADDRINUSE") throw error;
    return listen("0.0.0.0");
  }
}

/** An IPv4 peer of a dual-stack socket shows as an IPv6 address that contains its own. */
export function socketAddress(host: string | undefined, port: number | undefined): Address {
  const text = host ?? "";
  return { host: text.startsWith("::ffff:") && text.includes(".") ? text.slice(7) : text, port: port ?? 0 };
}
