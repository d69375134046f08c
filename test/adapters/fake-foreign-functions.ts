import type { ForeignFunctions } from "../../adapters/shared/foreign-functions.ts";

/** A foreign function interface that is there, and has no library but what a test gives it. */
export function fakeForeignFunctions(parts: Partial<ForeignFunctions> = {}): ForeignFunctions {
  return {
    obstacle: () => undefined,
    isBuiltIn: () => true,
    openLibC: loadsNothing,
    openLibrary: loadsNothing,
    addressOf: () => 0n,
    ...parts,
  };
}

function loadsNothing(): never {
  throw new Error("There is nothing to load");
}
