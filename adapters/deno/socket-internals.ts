import { UNTOLD_SOCKET } from "../shared/network/file-sender.ts";

interface Core {
  read?(resource: number, buffer: Uint8Array): Promise<number>;
}

/** What Deno exposes of the internals of its sockets. */
export interface ShownInternals {
  readonly core: Core | undefined;
  symbolsOf(socket: Deno.TcpConn): readonly symbol[];
}

/** What lies below Deno's sockets. It is not documented; the code manages without anything that it does not find there. */
export class SocketInternals {
  private readonly shown: ShownInternals;
  private readonly keys = new Map<string, symbol>();

  constructor(shown: ShownInternals = { core: coreOf(), symbolsOf: Object.getOwnPropertySymbols }) {
    this.shown = shown;
  }

  /** Deno's resource id of a socket, by which it can be read; -1 when Deno does not expose it. */
  resourceOf(socket: Deno.TcpConn): number {
    return this.shown.core?.read === undefined ? -1 : (this.numberOf(socket, "Deno.internal.rid") ?? -1);
  }

  /** The descriptor of a socket; only accepted sockets have it. */
  descriptorOf(socket: Deno.TcpConn): number {
    return this.numberOf(socket, "Deno.internal.fd") ?? UNTOLD_SOCKET;
  }

  /**
   * Resolves with how many bytes were read; 0 at the peer's end. `TcpConn.read` keeps a generator, two promises and an entry of a
   * set for each read that waits, and there is one for each connection. The call below it makes one promise and nothing else.
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
