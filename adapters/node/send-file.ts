import { createRequire } from "node:module";
import process from "node:process";
import type { LibC, LibCSource } from "../shared/system-calls.ts";
import { loadFfi } from "./libc.ts";

const require = createRequire(import.meta.url);

/** What sending files takes of the C library: by Node's own foreign function interface, before version 26 by koffi. */
export const libc: LibCSource = {
  obstacle() {
    if (process.permission?.has("ffi") === false) return "--allow-ffi is not given";
    if (loadFfi() !== undefined) return undefined;
    try {
      require.resolve("koffi");
      return undefined;
    } catch {
      return `Node ${process.versions.node} has no foreign function interface, and the package koffi is not installed`;
    }
  },
  load: () => loadByFfi() ?? loadByKoffi(),
};

function loadByFfi(): LibC | undefined {
  const ffi = loadFfi();
  if (ffi === undefined) return undefined;
  const { functions } = ffi.dlopen(null, {
    sendfile: { arguments: ["i32", "i32", "buffer", "u64"], return: "i64" },
    send: { arguments: ["i32", "buffer", "u64", "i32"], return: "i64" },
    syscall: { arguments: ["i64", "i64", "buffer", "u64", "i64", "i64", "i64"], return: "i64" },
    getpagesize: { arguments: [], return: "i32" },
  });
  return {
    sendfile: (socket, file, offset, count) => Number(functions.sendfile(socket, file, offset, BigInt(count))),
    send: (socket, bytes, flags) => Number(functions.send(socket, bytes, BigInt(bytes.length), flags)),
    syscall: (number, first, second, third, fourth, sixth) =>
      Number(functions.syscall(BigInt(number), BigInt(first), second, third, BigInt(fourth), 0n, BigInt(sixth))),
    getpagesize: () => functions.getpagesize() as number,
    addressOf: (bytes) => ffi.getRawPointer(bytes),
  };
}

/** The part of koffi that is used. It is optional, and its types are not there when it is not. */
interface Koffi {
  load(path: null): {
    func(name: string, result: string, parameters: readonly string[]): (...args: unknown[]) => number;
  };
  address(bytes: Uint8Array): bigint;
}

function loadByKoffi(): LibC {
  const koffi = require("koffi") as Koffi;
  const library = koffi.load(null);
  const sendfile = library.func("sendfile", "int64", ["int", "int", "void *", "uint64"]);
  const send = library.func("send", "int64", ["int", "void *", "uint64", "int"]);
  const syscall = library.func("syscall", "int64", ["int64", "int64", "void *", "uint64", "int64", "int64", "int64"]);
  const getpagesize = library.func("getpagesize", "int", []);
  return {
    sendfile: (socket, file, offset, count) => Number(sendfile(socket, file, offset, count)),
    send: (socket, bytes, flags) => Number(send(socket, bytes, bytes.length, flags)),
    syscall: (number, first, second, third, fourth, sixth) =>
      Number(syscall(number, first, second, third, fourth, 0, sixth)),
    getpagesize: () => getpagesize(),
    addressOf: (bytes) => koffi.address(bytes),
  };
}
