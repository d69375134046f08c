import net from "node:net";

/** `onread` of node:net, called as a method of the socket. The bytes are valid for as long as the call lasts; false stops the reading. */
export type OnRead = (this: net.Socket, count: number, buffer: Uint8Array) => boolean;

/** What lies below Node's streams. It is not documented; the code manages without anything that it does not find there. */
export interface Handle {
  readonly fd?: number;
  useUserBuffer?(buffer: Uint8Array): void;
}

/** The handle of a socket; undefined when the socket is closed, or Node does not show it. */
export type HandleOf = (socket: net.Socket) => Handle | undefined;

/** The properties in which node:net keeps what its option `onread` was given. */
let keys: { readonly buffer: symbol; readonly callback: symbol } | undefined;

/**
 * node:net takes `onread` for sockets that it connects, but not for those that it accepts. This sets it on an accepted socket that
 * has not read anything yet. Where that does not work, the handle is moved into a new socket that has `onread` from the beginning.
 * Where there is no handle either, the socket reads in the usual way. Returns the socket to go on with; `told` hears what does not work.
 */
export function readInto(
  accepted: net.Socket,
  buffer: Uint8Array,
  onRead: OnRead,
  told: (note: string) => void,
  handleOfSocket: HandleOf = handleOf,
): net.Socket {
  const handle = handleOfSocket(accepted);
  if (handle === undefined) {
    if (!accepted.destroyed) told(ALLOCATING);
    return readAsAlways(accepted, onRead);
  }
  keys ??= keysOf(accepted);
  if (keys === undefined || handle.useUserBuffer === undefined) {
    told(MOVING);
    return movedTo(handle, buffer, onRead);
  }
  const properties = accepted as unknown as Record<symbol, unknown>;
  properties[keys.buffer] = buffer;
  properties[keys.callback] = onRead;
  handle.useUserBuffer(buffer);
  return accepted;
}

const MOVING = "sockets: each connection takes two of them, as this version of Node gives no buffer to the first";
const ALLOCATING = "sockets: each read takes new memory, as this version of Node does not show its handles";

function keysOf(socket: net.Socket): typeof keys {
  const named = (name: string) => Object.getOwnPropertySymbols(socket).find(({ description }) => description === name);
  const buffer = named("kBuffer");
  const callback = named("kBufferCb");
  return buffer === undefined || callback === undefined ? undefined : { buffer, callback };
}

function movedTo(handle: Handle, buffer: Uint8Array, callback: OnRead): net.Socket {
  const options = { handle, allowHalfOpen: true, pauseOnCreate: true, onread: { buffer, callback } };
  return new net.Socket(options as object as net.SocketConstructorOpts);
}

function readAsAlways(socket: net.Socket, onRead: OnRead): net.Socket {
  socket.on("data", (chunk: Buffer) => {
    onRead.call(socket, chunk.length, new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length));
  });
  // A listener for data sets the stream flowing; it flows when the connection says so.
  return socket.pause();
}

export function handleOf(socket: net.Socket): Handle | undefined {
  const { _handle: handle } = socket as unknown as { readonly _handle?: Handle | null };
  return handle ?? undefined;
}
