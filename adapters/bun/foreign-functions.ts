import { dlopen, type FFITypeOrString, ptr } from "bun:ffi";
import {
  type ForeignFunction,
  type ForeignFunctions,
  type ForeignSignature,
  type ForeignType,
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
  openLibC(signatures) {
    const functions = Object.fromEntries(
      Object.entries<ForeignSignature>(signatures).map(([name, { parameters, result }]) => [
        name,
        { args: parameters.map((type) => typeNames[type]), returns: typeNames[result] },
      ]),
    );
    const { symbols } = openByName((name) => dlopen(name, functions));
    return symbols as unknown as { readonly [K in keyof typeof signatures]: ForeignFunction };
  },
  addressOf: (bytes) => BigInt(ptr(bytes)),
};
