import { type ConvertFns, dlopen, type FFIFunction, suffix } from "bun:ffi";
import { type TryLock, tryLockCommand } from "../shared/file-lock.ts";

/** glibc, musl, macOS */
const names = ["libc.so.6", "libc.so", `libSystem.${suffix}`];

/** Functions of the C library; undefined where it, or one of them, is not found. */
export function openLibC<T extends Record<string, FFIFunction>>(functions: T): ConvertFns<T> | undefined {
  for (const name of names) {
    try {
      return dlopen(name, functions).symbols;
    } catch {
      // The next name.
    }
  }
  return undefined;
}

/** The C library's record locks; undefined where it is not found. */
export function loadTryLock(): TryLock | undefined {
  const symbols = openLibC({ lockf: { args: ["i32", "i32", "i64"], returns: "i32" } });
  return symbols && ((descriptor) => symbols.lockf(descriptor, tryLockCommand, 0n) === 0);
}
