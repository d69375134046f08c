import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Connection } from "../../src/runtime.ts";

type Call = (...args: unknown[]) => number;

interface Functions {
  readonly setsockopt: Call;
  readonly posix_fadvise: Call;
}

const SOL_SOCKET = 1;
const SO_SNDBUF = 7;
const POSIX_FADV_DONTNEED = 4;

/** A socket that takes a few kilobytes at a time; it must be one of which the runtime tells the descriptor. */
export function shrinkSendBuffer(connection: Connection, sizeBytes: number): void {
  const descriptor = (connection as unknown as { descriptor(): number }).descriptor();
  const value = new Int32Array(1024).fill(sizeBytes);
  const result = loadFunctions().setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, value, 4);
  if (Number(result) !== 0) throw new Error(`setsockopt of descriptor ${descriptor} failed`);
}

/** Lets go the pages of a file that has been flushed, so that the next read comes from the disk. */
export function dropFromPageCache(descriptor: number, lengthBytes: number): void {
  if (Number(loadFunctions().posix_fadvise(descriptor, 0, lengthBytes, POSIX_FADV_DONTNEED)) !== 0) {
    throw new Error(`posix_fadvise of descriptor ${descriptor} failed`);
  }
}

/** Whether the system asks a peer that is silent for long if it is still there. Of a connection by IPv4 that has nothing under way. */
export function isKeptAlive({ local, remote }: Connection): boolean {
  const ends = [local, remote].map(({ port }) => `:${port.toString(16).toUpperCase().padStart(4, "0")}`);
  const rows = readFileSync("/proc/net/tcp", "latin1")
    .split("\n")
    .map((row) => row.trim().split(/\s+/));
  const row = rows.find(([, near, far]) => near?.endsWith(ends[0]!) && far?.endsWith(ends[1]!));
  // Its timer, by kind and time.
  return row?.[5]?.startsWith("02:") ?? false;
}

/** Of the C library, by whatever the runtime that runs the tests has for calling it. */
function loadFunctions(): Functions {
  if ("Bun" in globalThis) return loadByBun();
  if ("Deno" in globalThis) return loadByDeno();
  return loadByNode();
}

function loadByBun(): Functions {
  const { dlopen } = createRequire(import.meta.url)("bun:ffi") as {
    dlopen(path: string, functions: object): { symbols: Functions };
  };
  return dlopen("libc.so.6", {
    setsockopt: { args: ["i32", "i32", "i32", "ptr", "u32"], returns: "i32" },
    posix_fadvise: { args: ["i32", "i64", "i64", "i32"], returns: "i32" },
  }).symbols;
}

function loadByDeno(): Functions {
  const { Deno: deno } = globalThis as unknown as {
    Deno: { dlopen(path: string, functions: object): { symbols: Functions } };
  };
  const { symbols } = deno.dlopen("libc.so.6", {
    setsockopt: { parameters: ["i32", "i32", "i32", "buffer", "u32"], result: "i32" },
    posix_fadvise: { parameters: ["i32", "i64", "i64", "i32"], result: "i32" },
  });
  return symbols;
}

function loadByNode(): Functions {
  const ffi = getFfi();
  if (ffi !== undefined) {
    const { functions } = ffi.dlopen(null, {
      setsockopt: { arguments: ["i32", "i32", "i32", "buffer", "u32"], return: "i32" },
      posix_fadvise: { arguments: ["i32", "i64", "i64", "i32"], return: "i32" },
    });
    return {
      setsockopt: functions.setsockopt,
      posix_fadvise: (descriptor, offset, length, advice) =>
        functions.posix_fadvise(descriptor, BigInt(Number(offset)), BigInt(Number(length)), advice),
    };
  }
  const koffi = createRequire(import.meta.url)("koffi") as {
    load(path: null): { func(name: string, result: string, parameters: string[]): Call };
  };
  const library = koffi.load(null);
  return {
    setsockopt: library.func("setsockopt", "int", ["int", "int", "int", "void *", "uint32"]),
    posix_fadvise: library.func("posix_fadvise", "int", ["int", "int64", "int64", "int"]),
  };
}

function getFfi(): { dlopen(path: null, functions: object): { functions: Functions } } | undefined {
  try {
    return process.getBuiltinModule("node:ffi") as unknown as ReturnType<typeof getFfi>;
  } catch {
    return undefined;
  }
}
