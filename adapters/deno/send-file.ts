import type { LibCSource } from "../shared/system-calls.ts";
import { openLibC } from "./libc.ts";

/** What sending files takes of the C library, by Deno's foreign function interface. */
export const libc: LibCSource = {
  obstacle: () =>
    Deno.permissions.querySync({ name: "ffi" }).state === "granted" ? undefined : "--allow-ffi is not given",
  load() {
    const symbols = openLibC({
      sendfile: { parameters: ["i32", "i32", "buffer", "usize"], result: "isize" },
      send: { parameters: ["i32", "buffer", "usize", "i32"], result: "isize" },
      syscall: { parameters: ["i64", "i64", "buffer", "u64", "i64", "i64", "i64"], result: "i64" },
      getpagesize: { parameters: [], result: "i32" },
    });
    if (symbols === undefined) throw new Error("the C library with sendfile(2) is not found");
    return {
      sendfile: (socket, file, offset, count) => Number(symbols.sendfile(socket, file, offset, BigInt(count))),
      send: (socket, bytes, flags) => Number(symbols.send(socket, bytes, BigInt(bytes.length), flags)),
      syscall: (number, first, second, third, fourth, sixth) =>
        Number(symbols.syscall(BigInt(number), BigInt(first), second, third, BigInt(fourth), 0n, BigInt(sixth))),
      getpagesize: () => symbols.getpagesize(),
      addressOf: (bytes) => Deno.UnsafePointer.value(Deno.UnsafePointer.of(bytes)),
    };
  },
};
