/** Below Deno's sockets, and not documented: what is not found there is done without. */
interface Core {
  read?(resource: number, buffer: Uint8Array): Promise<number>;
}

const core = coreOf();
const keys = new Map<string, symbol>();

/** Deno's number of a socket, by which it is read; -1 when it is not to be had. */
export function resourceOf(socket: Deno.TcpConn): number {
  return core?.read === undefined ? -1 : numberOf(socket, "Deno.internal.rid");
}

/** The socket's number in the operating system: those that were accepted tell it. Else -1. */
export function descriptorOf(socket: Deno.TcpConn): number {
  return numberOf(socket, "Deno.internal.fd");
}

/**
 * 0 at the peer's end. `TcpConn.read` keeps a generator, two promises and an entry of a set for each read that waits, which are
 * as many as there are connections: what it calls itself makes a promise and nothing else.
 */
export function readSocket(socket: Deno.TcpConn, resource: number, buffer: Uint8Array): Promise<number> {
  return resource < 0 ? socket.read(buffer).then((count) => count ?? 0) : core!.read!(resource, buffer);
}

function coreOf(): Core | undefined {
  const { internal } = Deno as unknown as { readonly internal?: symbol };
  if (internal === undefined) return undefined;
  return (Deno as unknown as Record<symbol, { readonly core?: Core } | undefined>)[internal]?.core;
}

function numberOf(socket: Deno.TcpConn, name: string): number {
  const key = keys.get(name) ?? Object.getOwnPropertySymbols(socket).find(({ description }) => description === name);
  if (key === undefined) return -1;
  keys.set(name, key);
  const value = (socket as unknown as Record<symbol, unknown>)[key];
  return typeof value === "number" ? value : -1;
}
