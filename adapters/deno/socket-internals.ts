import { UNTOLD_SOCKET } from "../shared/file-sender.ts";

interface Core {
  read?(resource: number, buffer: Uint8Array): Promise<number>;
}

/** What Deno shows of what is below its sockets. */
export interface ShownInternals {
  readonly core: Core | undefined;
  symbolsOf(socket: Deno.TcpConn): readonly symbol[];
}

/** Below Deno's sockets, and not documented: what is not found there is done without. */
export class SocketInternals {
  private readonly shown: ShownInternals;
  private readonly keys = new Map<string, symbol>();

  constructor(shown: ShownInternals = { core: coreOf(), symbolsOf: Object.getOwnPropertySymbols }) {
    this.shown = shown;
  }

  /** Deno's number of a socket, by which it is read; -1 when it is not to be had. */
  resourceOf(socket: Deno.TcpConn): number {
    return this.shown.core?.read === undefined ? -1 : (this.numberOf(socket, "Deno.internal.rid") ?? -1);
  }

  /** The socket's number in the operating system: those that were accepted tell it. */
  descriptorOf(socket: Deno.TcpConn): number {
    return this.numberOf(socket, "Deno.internal.fd") ?? UNTOLD_SOCKET;
  }

  /**
   * 0 at the peer's end. `TcpConn.read` keeps a generator, two promises and an entry of a set for each read that waits, which are
   * as many as there are connections: what it calls itself makes a promise and nothing else.
   */
  read(socket: Deno.TcpConn, resource: number, buffer: Uint8Array): Promise<number> {
    return resource < 0 ? socket.read(buffer).then((count) => count ?? 0) : this.shown.core!.read!(resource, buffer);
  }

  private numberOf(socket: Deno.TcpConn, name: string): number | undefined {
    const key = this.keys.get(name) ?? this.shown.symbolsOf(socket).find(({ description }) => description === name);
    if (key === undefined) return undefined;
    this.keys.set(name, key);
    const value = (socket as unknown as Record<symbol, unknown>)[key];
    return typeof value === "number" ? value : undefined;
  }
}

function coreOf(): Core | undefined {
  const { internal } = Deno as unknown as { readonly internal?: symbol };
  if (internal === undefined) return undefined;
  return (Deno as unknown as Record<symbol, { readonly core?: Core } | undefined>)[internal]?.core;
}
