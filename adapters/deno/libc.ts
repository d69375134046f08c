import { type TryLock, tryLockCommand } from "../shared/file-lock.ts";

/** glibc, musl, macOS */
const names = ["libc.so.6", "libc.so", "libSystem.dylib"];

/** The C library's record locks; undefined where it is not found or `--allow-ffi` is not given. */
export function loadTryLock(): TryLock | undefined {
  for (const name of names) {
    try {
      const { symbols } = Deno.dlopen(name, { lockf: { parameters: ["i32", "i32", "i64"], result: "i32" } });
      return (descriptor) => symbols.lockf(descriptor, tryLockCommand, 0n) === 0;
    } catch {
      // The next name.
    }
  }
  return undefined;
}
