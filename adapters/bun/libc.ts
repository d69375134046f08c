import { dlopen, suffix } from "bun:ffi";
import { type TryLock, tryLockCommand } from "../shared/file-lock.ts";

/** glibc, musl, macOS */
const names = ["libc.so.6", "libc.so", `libSystem.${suffix}`];

/** The C library's record locks; undefined where it is not found. */
export function loadTryLock(): TryLock | undefined {
  for (const name of names) {
    try {
      const { symbols } = dlopen(name, { lockf: { args: ["i32", "i32", "i64"], returns: "i32" } });
      return (descriptor) => symbols.lockf(descriptor, tryLockCommand, 0n) === 0;
    } catch {
      // The next name.
    }
  }
  return undefined;
}
