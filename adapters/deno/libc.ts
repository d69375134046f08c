import { type TryLock, tryLockCommand } from "../shared/file-lock.ts";

/** glibc, musl, macOS */
const names = ["libc.so.6", "libc.so", "libSystem.dylib"];

/** Functions of the C library; undefined where it, or one of them, is not found or `--allow-ffi` is not given. */
export function openLibC<T extends Deno.ForeignLibraryInterface>(
  functions: T,
): Deno.DynamicLibrary<T>["symbols"] | undefined {
  for (const name of names) {
    try {
      return Deno.dlopen(name, functions).symbols;
    } catch {
      // The next name.
    }
  }
  return undefined;
}

/** The C library's record locks; undefined where it is not found or `--allow-ffi` is not given. */
export function loadTryLock(): TryLock | undefined {
  const symbols = openLibC({ lockf: { parameters: ["i32", "i32", "i64"], result: "i32" } });
  return symbols && ((descriptor) => symbols.lockf(descriptor, tryLockCommand, 0n) === 0);
}
