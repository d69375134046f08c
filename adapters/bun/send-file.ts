import { ptr } from "bun:ffi";
import type { LibCSource } from "../shared/system-calls.ts";
import { openLibC } from "./libc.ts";

/** What sending files takes of the C library, by bun:ffi. */
export const libc: LibCSource = {
  obstacle: () => undefined,
  load() {
    // No result is larger than a number of 32 bits; one of 64 would be a bigint.
    const symbols = openLibC({
      sendfile: { args: ["i32", "i32", "ptr", "u64"], returns: "i32" },
      send: { args: ["i32", "ptr", "u64", "i32"], returns: "i32" },
      syscall: { args: ["i64", "i64", "ptr", "u64", "i64", "i64", "i64"], returns: "i32" },
      getpagesize: { args: [], returns: "i32" },
    });
    if (symbols === undefined) throw new Error("the C library with sendfile(2) is not found");
    return {
      sendfile: (socket, file, offset, count) => symbols.sendfile(socket, file, offset, count),
      send: (socket, bytes, flags) => symbols.send(socket, bytes, bytes.length, flags),
      syscall: (number, first, second, third, fourth, sixth) =>
        symbols.syscall(number, first, second, third, fourth, 0, sixth),
      getpagesize: () => symbols.getpagesize(),
      addressOf: (bytes) => BigInt(ptr(bytes)),
    };
  },
};
