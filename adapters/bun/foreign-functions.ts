import { dlopen, type FFITypeOrString, ptr } from "bun:ffi";
import {
  type ForeignFunctions,
  type ForeignSignature,
  type ForeignSignatures,
  type ForeignType,
  type FunctionsOf,
  libcNames,
  openByName,
} from "../shared/foreign-functions.ts";

const typeNames: Readonly<Record<ForeignType, FFITypeOrString>> = {
  int32: "i32",
  int64: "i64",
  bytes: "ptr",
};

/** By bun:ffi. */
export const foreignFunctions: ForeignFunctions = {
  obstacle: () => undefined,
  isBuiltIn: () => true,
  openLibC: (signatures) => open(libcNames, signatures),
  openLibrary: open,
  addressOf: (bytes) => BigInt(ptr(bytes)),
};

function open<T extends ForeignSignatures>(names: readonly string[], signatures: T): FunctionsOf<T> {
  const functions = Object.fromEntries(
    Object.entries<ForeignSignature>(signatures).map(([name, { parameters, result }]) => [
      name,
      { args: parameters.map((type) => typeNames[type]), returns: typeNames[result] },
    ]),
  );
  const { symbols } = openByName((name) => dlopen(name, functions), names);
  return symbols as unknown as FunctionsOf<T>;
}
