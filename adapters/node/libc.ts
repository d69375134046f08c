import process from "node:process";
import { type TryLock, tryLockCommand } from "../shared/file-lock.ts";

type Ffi = typeof import("node:ffi");

/** The C library's record locks, by Node's own foreign function interface; undefined where Node has none (before 26). */
export function loadTryLock(): TryLock | undefined {
  const ffi = loadFfi();
  if (ffi === undefined || process.platform === "win32") return undefined;
  try {
    const { functions } = ffi.dlopen(null, { lockf: { arguments: ["i32", "i32", "i64"], return: "i32" } });
    return (descriptor) => functions.lockf(descriptor, tryLockCommand, 0n) === 0;
  } catch {
    return undefined;
  }
}

/** Loading it prints a warning that says it is experimental. Nobody who starts a broker can act on that. */
export function loadFfi(): Ffi | undefined {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return process.getBuiltinModule("node:ffi") as Ffi | undefined;
  } catch {
    return undefined;
  } finally {
    process.emitWarning = emitWarning;
  }
}
