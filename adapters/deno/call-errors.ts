import { getSystemErrorMap } from "node:util";
import { openByName } from "../shared/foreign-functions.ts";

/**
 * What goes wrong with a disk or a descriptor. Between the call that failed and the look at errno the runtime may make calls of
 * its own: what they would leave there is none of these.
 */
const KNOWN_CODES = new Set([
  "EIO",
  "ENOSPC",
  "EDQUOT",
  "EFBIG",
  "EROFS",
  "EBADF",
  "EINVAL",
  "ENODEV",
  "ENXIO",
  "ESTALE",
]);

/** Where errno is kept for the thread that asks, by its names in glibc and musl, and in macOS. */
const LOCATIONS = ["__errno_location", "__error"] as const;

/** Answers what calls of the C library do, for which less than 0 is a failure; throws that where it is known. */
export function createCallCheck(): (result: number, syscall: string) => number {
  const errno = loadErrno();
  return (result, syscall) => {
    if (result >= 0) return result;
    const number = -errno();
    const [code, text] = getSystemErrorMap().get(number) ?? [];
    if (code === undefined || !KNOWN_CODES.has(code)) return result;
    throw Object.assign(new Error(`${code}: ${text}, ${syscall}`), { code, errno: number, syscall });
  };
}

function loadErrno(): () => number {
  for (const name of LOCATIONS) {
    try {
      const { symbols } = openByName((library) =>
        Deno.dlopen(library, { location: { name, parameters: [], result: "pointer" } }),
      );
      return () => new Deno.UnsafePointerView(symbols.location()!).getInt32();
    } catch {
      // It has another name here, or none.
    }
  }
  return () => 0;
}
